import { createClient } from './client.ts';
import { type DownloadableFile, type DownloadAddress, findDownload, joinDownloads } from './downloads.ts';
import { readSessions } from './gate-sessions.ts';
import type { GateSettings } from './gate-settings.ts';

/* The gate's downloads. Loaded when one is asked for, as the gate's pages are. */

/** See `Gate.downloads`. */
export const listDownloads = (settings: GateSettings, request: Request): Promise<DownloadableFile[]> =>
  joinDownloads(holdersOf(settings, request));

/** See `Gate.downloadLink`. */
export const linkDownload = (
  settings: GateSettings,
  request: Request,
  id: string,
): Promise<DownloadAddress> => findDownload(holdersOf(settings, request), id);

function holdersOf(settings: GateSettings, request: Request) {
  const { gateway, fetch, timeoutMs } = settings;
  const jar = settings.jarOf(settings.urlOf(request));
  return readSessions(settings, jar.read(request)).map(({ session }) => ({
    session,
    call: createClient({ gateway, key: session, fetch, timeoutMs, retries: 1, longestWait: 2 }),
  }));
}
