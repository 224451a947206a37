import * as z from 'zod/mini';
import { roundNumber } from '../base/json.rules.ts';
import { once } from '../base/once.rules.ts';
import type { PolarDownload } from '../base/polar-gateway.ts';
import { toMilliseconds } from './versions.rules.ts';

const text = once(() => z.string());
const optional = once(() => z.catch(z.nullish(z.string()), null));
const downloadable = once(() =>
  z.object({
    benefit_id: text(),
    file: z.object({
      id: text(),
      name: text(),
      size: z.pipe(z.transform(roundNumber), z.int()),
      mime_type: z.catch(text(), 'application/octet-stream'),
      checksum_sha256_hex: optional(),
      version: optional(),
      download: z.object({ url: text(), expires_at: text() }),
    }),
  }),
);

/** One entry of Polar's list of a customer's files; undefined when it is not what Polar documents. */
export function parseDownload(item: unknown): PolarDownload | undefined {
  const read = downloadable().safeParse(item);
  if (!read.success) return undefined;
  const { benefit_id: benefitId, file } = read.data;
  const url = URL.parse(file.download.url);
  const expiresAt = readTime(file.download.expires_at);
  if (!url || !/^https?:$/.test(url.protocol) || expiresAt === null) return undefined;
  return {
    fileId: file.id,
    benefitId,
    name: file.name,
    size: file.size,
    mimeType: file.mime_type,
    sha256: file.checksum_sha256_hex ?? null,
    version: file.version ?? null,
    url: url.href,
    expiresAt,
  };
}

function readTime(iso: string): number | null {
  try {
    return toMilliseconds(iso);
  } catch {
    return null;
  }
}
