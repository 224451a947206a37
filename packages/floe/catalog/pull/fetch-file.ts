import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../context.ts';
import type { CatalogPolar } from '../open-catalog.ts';
import type { Wire } from '../there/polar-objects.rules.ts';

type WireFile = Wire['files'][number];

const MOST_REDIRECTS = 3;
const ATTEMPTS = 3;
const PAUSE_MS = 2_000;
const TOO_MANY = 429;

/**
 * Brings a file of Polar's to `whole`; false when there is no way, or other bytes come. What a product shows has a public address. What it gives Polar shows to its
 * buyers alone, so in the sandbox, where buyers are made up, it is asked as one of them; in live nobody is.
 */
export async function fetchFile(
  context: Context,
  polar: CatalogPolar,
  { file, benefits }: { file: WireFile; benefits: Wire['benefits'] },
  whole: string,
): Promise<boolean> {
  const { public_url: shown } = file;
  const url = typeof shown === 'string' ? shown : await addressForBuyer(polar, file, benefits);
  return url !== undefined && download(context, url, file, whole);
}

async function addressForBuyer(
  { api, openAs }: CatalogPolar,
  { id }: WireFile,
  benefits: Wire['benefits'],
): Promise<string | undefined> {
  if (api.mode !== 'sandbox') return undefined;
  for (const benefit of benefits) {
    const { files } = benefit.properties;
    if (!Array.isArray(files) || !files.includes(id)) continue;
    const grants = await api.call('GET', `/v1/benefits/${benefit.id}/grants?is_granted=true&limit=1`);
    const [grant] = itemsOf(grants.body);
    if (!grant) continue;
    const { customer_id, member_id } = grant;
    const session = await api.call('POST', '/v1/customer-sessions/', {
      customer_id,
      ...(typeof member_id === 'string' ? { member_id } : {}),
    });
    const { token } = Object(session.body) as { token?: unknown };
    if (typeof token !== 'string') continue;
    const portal = `/v1/customer-portal/downloadables/?benefit_id=${benefit.id}&limit=100`;
    const { body } = await openAs(token).call('GET', portal);
    for (const { file } of itemsOf(body)) {
      const { id: given, download: link } = Object(file) as { id?: unknown; download?: { url?: unknown } };
      if (given === id && typeof link?.url === 'string') return link.url;
    }
  }
  return undefined;
}

const itemsOf = (body: unknown): Record<string, unknown>[] => {
  const { items } = Object(body) as { items?: Record<string, unknown>[] };
  return Array.isArray(items) ? items : [];
};

/** Tried three times, from the beginning: an address works for a while only, and a connection breaks in the middle of a large file. */
async function download(context: Context, url: string, file: WireFile, whole: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const got = await downloadOnce(context, url, file, whole).catch(() => {
      context.signal.throwIfAborted();
      return undefined;
    });
    if (got !== undefined || attempt === ATTEMPTS) return got ?? false;
    await context.sleep(PAUSE_MS * attempt);
  }
}

/** Writes beside the file first, so that what has its name is whole. Undefined: it may go better the next time. */
async function downloadOnce(
  context: Context,
  url: string,
  file: WireFile,
  whole: string,
): Promise<boolean | undefined> {
  let response = await context.fetch(url, { redirect: 'manual', signal: context.signal });
  for (let i = 0; i < MOST_REDIRECTS && response.status >= 300 && response.status < 400; i++) {
    const to = response.headers.get('location');
    if (to === null) return false;
    response = await context.fetch(new URL(to, url), { redirect: 'manual', signal: context.signal });
  }
  if (response.status >= 500 || response.status === TOO_MANY) return undefined;
  if (!response.ok || !response.body) return false;
  await mkdir(path.dirname(whole), { recursive: true });
  const draft = `${whole}.${crypto.randomUUID()}.part`;
  const hash = createHash('sha256');
  try {
    await pipeline(
      Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(draft, { flags: 'wx' }),
    );
    if (hash.digest('base64') !== file.checksum_sha256_base64) return false;
    await rename(draft, whole);
    return true;
  } finally {
    await rm(draft, { force: true });
  }
}
