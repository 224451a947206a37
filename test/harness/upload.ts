import type { World } from './harness.ts';

interface Announced {
  id: string;
  upload: { id: string; path: string; parts: { url: string; headers: Record<string, string> }[] };
}

/** Uploads a small file to Polar as a seller's tool does, for a benefit with downloads. Resolves to its id. */
export async function uploadFile(
  world: World,
  name = 'book.txt',
  content = 'A book about quays.',
  version: string | null = null,
): Promise<string> {
  const bytes = new TextEncoder().encode(content);
  const { id, upload } = await world.polar<Announced>('sandbox', 'POST', '/v1/files/', {
    name,
    mime_type: 'text/plain',
    size: bytes.length,
    version,
    service: 'downloadable',
    upload: { parts: [{ number: 1, chunk_start: 0, chunk_end: bytes.length }] },
  });
  const [part] = upload.parts;
  if (!part) throw new Error('Polar named no part to upload.');
  const put = new Request(part.url, { method: 'PUT', headers: part.headers, body: bytes });
  const stored = await world.simulator.fetch(put);
  const parts = [
    { number: 1, checksum_etag: stored.headers.get('etag') ?? '', checksum_sha256_base64: null },
  ];
  await world.polar('sandbox', 'POST', `/v1/files/${id}/uploaded`, {
    id: upload.id,
    path: upload.path,
    parts,
  });
  return id;
}
