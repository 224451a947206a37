import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { callJson, textField } from './http.ts';

/** A file to be sold. */
export interface SoldFile {
  /** Where it is on this machine. Polar gets its last part as the name. */
  file: string;
  version: string;
}

interface Polar {
  url: string;
  accessToken: string;
}

/** Uploads a file to Polar in one part, for a benefit that gives files. Gives its id. @throws when Polar refuses it. */
async function uploadFile(polar: Polar, { file, version }: SoldFile): Promise<string> {
  const bytes = new Uint8Array(await readFile(file));
  const checksum = createHash('sha256').update(bytes).digest('base64');
  const call = (where: string, body: unknown) =>
    callJson('POST', `${polar.url}${where}`, polar.accessToken, body);
  const made = await call('/v1/files/', {
    name: path.basename(file),
    mime_type: 'text/plain',
    size: bytes.length,
    checksum_sha256_base64: checksum,
    service: 'downloadable',
    version,
    upload: {
      parts: [{ number: 1, chunk_start: 0, chunk_end: bytes.length, checksum_sha256_base64: checksum }],
    },
  });
  const upload = { ...Object(made['upload']) } as Record<string, unknown>;
  const [part] = Array.isArray(upload['parts']) ? (upload['parts'] as Record<string, unknown>[]) : [];
  const put = await fetch(textField(part ?? {}, 'url'), {
    method: 'PUT',
    headers: { ...Object(part?.['headers']) } as Record<string, string>,
    body: bytes,
  });
  if (!put.ok) throw new Error(`${path.basename(file)} was not uploaded: ${put.status} ${await put.text()}`);
  const id = textField(made, 'id');
  await call(`/v1/files/${id}/uploaded`, {
    id: textField(upload, 'id'),
    path: textField(upload, 'path'),
    parts: [{ number: 1, checksum_etag: put.headers.get('etag') ?? '', checksum_sha256_base64: checksum }],
  });
  return id;
}

/** Uploads files and makes the benefit that gives them. Gives the benefit's id. @throws when Polar refuses one. */
export async function makeFileBenefit(
  polar: Polar,
  { description, files }: { description: string; files: readonly SoldFile[] },
): Promise<string> {
  const ids: string[] = [];
  for (const file of files) ids.push(await uploadFile(polar, file));
  const made = await callJson('POST', `${polar.url}/v1/benefits/`, polar.accessToken, {
    type: 'downloadables',
    description,
    properties: { files: ids },
  });
  return textField(made, 'id');
}
