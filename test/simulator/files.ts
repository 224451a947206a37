/** Uploading a small file as a seller's tool does. */

import { createHash } from 'node:crypto';
import type { Setting } from './world.ts';

export const CONTENT = new TextEncoder().encode('A book about quays. '.repeat(20));

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** Announces a file in two parts. */
export async function announce(setting: Setting, name = 'book.txt') {
  const middle = 150;
  const chunks = [CONTENT.slice(0, middle), CONTENT.slice(middle)];
  const file = await setting.polar.files.create({
    name,
    mime_type: 'text/plain',
    size: CONTENT.length,
    service: 'downloadable',
    upload: {
      parts: chunks.map((chunk, index) => ({
        number: index + 1,
        chunk_start: index === 0 ? 0 : middle,
        chunk_end: index === 0 ? middle : CONTENT.length,
        checksum_sha256_base64: sha256(chunk),
      })),
    },
  });
  return { file, chunks };
}

export async function upload(setting: Setting, name?: string) {
  const { file, chunks } = await announce(setting, name);
  const parts = [];
  for (const [index, part] of file.upload.parts.entries()) {
    const put = await fetch(part.url, {
      method: 'PUT',
      headers: part.headers ?? {},
      body: chunks[index] ?? null,
    });
    if (put.status !== 200) throw new Error(`The part was answered with ${put.status}.`);
    parts.push({
      number: part.number,
      checksum_etag: put.headers.get('etag') ?? '',
      checksum_sha256_base64: part.checksum_sha256_base64 ?? null,
    });
  }
  const { id, path } = file.upload;
  return setting.polar.files.uploaded(file.id, { id, path, parts });
}
