import type { Answer, Client } from './client.ts';
import { isPassing } from './client.ts';
import { FloeError } from './problem.ts';

/* What a browser with several sessions may download: each session has files of its own (ADR 97). */

/** A file that somebody may download, as `GET /v1/downloads` has it. */
export type DownloadableFile = Answer<'GET /v1/downloads'>['data'][number];

/** Where a file can be fetched, by anybody who has the address, until `expires_at`. */
export type DownloadAddress = Answer<'GET /v1/downloads/{id}'>;

/** The gateway, asked as one session. */
interface Holder {
  session: string;
  call: Client;
}

const PAGE = 100;

/** The files of all sessions, each once. `onOver` is told each session that has ended. @throws {FloeError} */
export async function joinDownloads(
  holders: readonly Holder[],
  onOver: (session: string) => void = () => undefined,
): Promise<DownloadableFile[]> {
  const found = new Map<string, DownloadableFile>();
  for (const { session, call } of holders) {
    try {
      for (const file of await listAll(call)) {
        const known = found.get(file.id);
        if (!known || known.is_archived) found.set(file.id, file);
      }
    } catch (error) {
      if (!isOver(error)) throw error;
      onOver(session);
    }
  }
  return [...found.values()];
}

async function listAll(call: Client): Promise<DownloadableFile[]> {
  const files: DownloadableFile[] = [];
  for (let cursor: string | undefined; ;) {
    const query = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
    const page = await call('GET /v1/downloads', { query });
    files.push(...page.data);
    if (page.next_cursor === null) return files;
    cursor = page.next_cursor;
  }
}

/** The address of a file by the first session that may have it. @throws {FloeError} of several reasons the one that says most */
export async function findDownload(
  holders: readonly Holder[],
  id: string,
  onOver: (session: string) => void = () => undefined,
): Promise<DownloadAddress> {
  let no = nobody();
  for (const { session, call } of holders) {
    try {
      return await call('GET /v1/downloads/{id}', { params: { id } });
    } catch (error) {
      if (!(error instanceof FloeError)) throw error;
      if (isOver(error)) onOver(session);
      else if (weigh(error) > weigh(no)) no = error;
    }
  }
  throw no;
}

function nobody(): FloeError {
  return new FloeError({
    status: 401,
    code: 'no_session',
    message: 'Nobody is signed in here, and nothing was bought in this browser.',
  });
}

function isOver(error: unknown): boolean {
  return error instanceof FloeError && error.code === 'unauthorized';
}

/** What passes may still be a yes; then that it is theirs and not there, then that it was, then that it is none of theirs. */
function weigh(error: FloeError): number {
  if (isPassing(error)) return 4;
  return { download_unavailable: 3, not_granted: 2, not_found: 1 }[error.code] ?? 0;
}
