import { isPassing } from '../client.ts';
import { isPlainLocalhost } from '../gate-settings.ts';
import { describeCause, type FloeError } from '../problem.ts';
import type { Desk } from './desk.ts';
import type { Messages } from './messages/en.ts';
import { say, sayWait } from './say.ts';
import { viewProblem } from './views.ts';
import { describeVisit, sendPage, type Visit } from './visit.ts';

/** How long to wait where the gateway does not say, seconds. */
const WAIT_SECONDS = 60;

/** The page that says what went wrong. `cause`: what the gateway said, for the site's owner. */
export async function sendProblem(
  desk: Desk,
  visit: Visit,
  {
    status,
    sentence,
    retryAfter,
    cause,
  }: { status: number; sentence: string; retryAfter?: number | undefined; cause?: FloeError },
): Promise<Response> {
  const { text } = visit.spoken;
  const { pages } = desk;
  const answer = await sendPage(
    desk,
    visit,
    {
      ...describeVisit(visit, pages, { title: text.problemTitle, status }),
      sentence,
      retryAfter: retryAfter ?? null,
      detail: cause && isPlainLocalhost(visit.url) ? describeCause(cause) : null,
    },
    { own: pages.problem, view: viewProblem },
  );
  if (retryAfter !== undefined && !answer.headers.has('retry-after'))
    answer.headers.set('retry-after', String(retryAfter));
  return answer;
}

/** A sentence for what passes by itself. */
export function sayTryThen({ spoken: { text } }: Visit, sentence: string): string {
  return `${sentence} ${text.tryThen}`;
}

/** The form was sent from elsewhere, or from a page that was sent to another browser. */
export function refuseForm(desk: Desk, visit: Visit): Promise<Response> {
  return sendProblem(desk, visit, { status: 403, sentence: visit.spoken.text.pageOld });
}

/** The same sentence for all that the gateway refuses for having been asked too often, with when to try again. */
export function sayTooMany({ spoken: { text, locale } }: Visit, { retryAfter }: FloeError): string {
  return say(text.tooMany, { when: sayWait(retryAfter ?? WAIT_SECONDS, locale) });
}

/** What a failed call means for whoever wanted to buy or sign in. `codes`: sentences for what the gateway may say. */
export function sendFailure(
  desk: Desk,
  visit: Visit,
  error: FloeError,
  codes: Readonly<Record<string, { status: number; text: keyof Messages }>>,
): Promise<Response> {
  const { text } = visit.spoken;
  const wait = error.retryAfter ?? WAIT_SECONDS;
  if (error.status === 429)
    return sendProblem(desk, visit, { status: 429, sentence: sayTooMany(visit, error), retryAfter: wait });
  const known = Object.hasOwn(codes, error.code) ? codes[error.code] : undefined;
  if (known) return sendProblem(desk, visit, { status: known.status, sentence: text[known.text] });
  // Whatever else it is, the site's owner is told, and the visitor can try again where that helps.
  desk.settings.onError(error);
  const other = codes['*'] ?? { status: 503, text: 'shopAway' as const };
  const sentence = text[other.text];
  const said = isPassing(error) ? { sentence: sayTryThen(visit, sentence), retryAfter: wait } : { sentence };
  return sendProblem(desk, visit, { status: other.status, ...said, cause: error });
}
