import type { BrowserSettings } from './browser-settings.ts';
import type { SessionStore } from './browser-store.ts';
import { createClient } from './client.ts';
import { type DownloadableFile, findDownload, joinDownloads } from './downloads.ts';

/* Files that this browser's sessions may download. Several sessions have several purchases: what is listed is all of them. */

/** Somebody is waiting, so a failure is reported soon. */
const LIMITS = { retries: 1, timeoutMs: 10_000 };

/** Lists what every session of this browser may download, each file once. @throws {FloeError} */
export function readDownloads(settings: BrowserSettings, store: SessionStore): Promise<DownloadableFile[]> {
  return joinDownloads(clientsOf(settings, store), (session) => store.remove(session));
}

/**
 * The address of a file, made for this click: it works for an hour at most, for anybody who has it.
 * @throws {FloeError} the reason that says most, when no session may have the file
 */
export async function openDownload(
  settings: BrowserSettings,
  store: SessionStore,
  id: string,
): Promise<string> {
  const found = await findDownload(clientsOf(settings, store), id, (session) => store.remove(session));
  return found.url;
}

function clientsOf({ gateway, fetch }: BrowserSettings, store: SessionStore) {
  return store
    .read()
    .map(({ session }) => ({ session, call: createClient({ gateway, key: session, fetch, ...LIMITS }) }));
}

export type { DownloadableFile } from './downloads.ts';
