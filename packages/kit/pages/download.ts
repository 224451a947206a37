import { readSessions } from '../gate-sessions.ts';
import { answerDownload, sendRefusal } from '../handle-download.ts';
import { toNormalForm } from '../normal-form.ts';
import { FloeError } from '../problem.ts';
import { asksForHtml } from '../respond.ts';
import type { Desk } from './desk.ts';
import { sendFailure } from './problem.ts';
import { openVisit } from './visit.ts';

/**
 * Leads to one of this browser's files by its name, so that a text can link to it before anybody knows its id. `written`: the name, as it
 * stands in the address.
 */
export function sendDownload(desk: Desk, request: Request, written: string): Promise<Response> {
  return answerDownload(
    request,
    async () => {
      const { url } = await desk.gate.downloadLink(request, await findId(desk, request, written));
      return url;
    },
    (_request, error) => refuse(desk, request, error),
  );
}

async function refuse(desk: Desk, request: Request, error: FloeError): Promise<Response> {
  if (!asksForHtml(request)) return sendRefusal(request, error);
  const visit = await openVisit(desk.settings, desk, request, findText(desk, request));
  return sendFailure(desk, visit, error, {
    no_session: { status: 401, text: 'fileUnknown' },
    no_such_name: { status: 404, text: 'fileUnknown' },
    not_granted: { status: 403, text: 'fileUnknown' },
    not_found: { status: 404, text: 'fileUnknown' },
    several_files: { status: 409, text: 'fileSeveral' },
    download_unavailable: { status: 409, text: 'fileAway' },
  });
}

/** The path of the text that has the link, as far as it is of this site. */
function findText({ settings }: Desk, request: Request): string | null {
  const from = URL.parse(request.headers.get('referer') ?? '');
  return from?.origin === settings.urlOf(request).origin ? from.pathname + from.search : null;
}

/** @throws {FloeError} when none of the files is called so, or several are */
async function findId({ settings, gate }: Desk, request: Request, written: string): Promise<string> {
  const kept = settings.jarOf(settings.urlOf(request)).read(request);
  if (readSessions(settings, kept).length === 0) throw no(401, 'no_session');
  const name = readName(written);
  const named = (await gate.downloads(request)).filter((file) => spell(file.name) === name);
  const current = named.filter(({ is_archived: isArchived }) => !isArchived);
  const [file, other] = current.length > 0 ? current : named;
  if (!file) throw no(404, 'no_such_name');
  if (other) throw no(409, 'several_files');
  return file.id;
}

const no = (status: number, code: string) => new FloeError({ status, code, message: code });

function readName(written: string): string | undefined {
  try {
    return spell(decodeURIComponent(written));
  } catch {
    return undefined;
  }
}

/** Some systems spell an umlaut as two characters. */
const spell = (name: string): string => toNormalForm(name, 'NFC') ?? name;
