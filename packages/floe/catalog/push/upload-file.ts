import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createFiles, uploadedFiles } from '@polar-sh/sdk/2026-10/services/files';
import { sayBytes } from '../../../kit/elements/bytes.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import type { CatalogFile } from '../model/catalog.rules.ts';
import type { CatalogPolar } from '../open-catalog.ts';
import { asking } from '../there/services.ts';
import { divide, type Part } from './parts.rules.ts';

const ATTEMPTS = 3;
const PAUSE_MS = 2_000;

export interface UploadSteps {
  /** Called before each part: the lease of a push is kept however long a file is. */
  keep: () => Promise<void>;
  /** Bytes. */
  progress: (sent: number, of: number) => void;
}

/**
 * Uploads a file part by part; each is tried three times. Polar lists a file when all of it is there, so one whose upload was killed is uploaded
 * again, and one that is there never is. @returns its id. @throws {CliError}
 */
export async function uploadFile(
  context: Context,
  { core, api }: CatalogPolar,
  file: CatalogFile,
  where: string,
  { keep, progress }: UploadSteps,
): Promise<string> {
  const { key: _, version, ...plain } = file;
  const about = { api, kind: 'files', verb: 'write', about: `Polar refuses ${file.name}` } as const;
  const handle = await open(where);
  try {
    const parts: (Part & { checksum_sha256_base64: string })[] = [];
    const whole = createHash('sha256');
    for (const part of divide(file.size)) {
      const bytes = await readPart(part);
      whole.update(bytes);
      parts.push({ ...part, checksum_sha256_base64: sha256(bytes) });
    }
    // Polar believes the checksum that it is told, and by it the file would be known for ever.
    if (whole.digest('base64') !== file.checksum_sha256_base64) throw changed();
    const made = await asking(about, () =>
      createFiles(core)({ ...plain, ...(version === null ? {} : { version }), upload: { parts } }),
    );
    const done: { number: number; checksum_etag: string; checksum_sha256_base64: string }[] = [];
    for (const [i, { url, headers = {} }] of made.upload.parts.entries()) {
      const part = parts[i];
      if (!part) throw new Error('Polar answered with more parts than it was told of.');
      await keep();
      const checksum_etag = await sendPart(url, headers, await readPart(part));
      done.push({ number: part.number, checksum_etag, checksum_sha256_base64: part.checksum_sha256_base64 });
      progress(part.chunk_end, file.size);
    }
    const { id, path } = made.upload;
    await asking(about, () => uploadedFiles(core)(made.id, { id, path, parts: done }));
    return made.id;
  } finally {
    await handle.close();
  }

  async function readPart({
    chunk_start,
    chunk_end,
  }: {
    chunk_start: number;
    chunk_end: number;
  }): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(chunk_end - chunk_start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, chunk_start);
    if (bytesRead !== bytes.length) throw changed();
    return bytes;
  }

  function changed(): CliError {
    return new CliError(EXIT.failed, `${file.name} was changed while it was read.`, { hint: 'Push again.' });
  }

  /** @returns what the storage calls it, which Polar asks for at the end */
  async function sendPart(
    url: string,
    headers: Record<string, string>,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const response = await context
        .fetch(url, { method: 'PUT', headers, body, signal: context.signal })
        .catch(() => {
          context.signal.throwIfAborted();
        });
      if (response?.ok) return response.headers.get('etag') ?? '';
      if (attempt === ATTEMPTS)
        throw new CliError(
          EXIT.unavailable,
          `A part of ${file.name} cannot be uploaded${response ? `: the storage answers ${response.status}` : ''}.`,
          {
            hint: 'Push again: what is there already stays.',
          },
        );
      await context.sleep(PAUSE_MS * attempt);
    }
  }
}

/** `16 MB of 120 MB`. */
export const saySent = (sent: number, of: number): string =>
  `${sayBytes(sent, 'en')} of ${sayBytes(of, 'en')}`;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');
