import { MemoryCache } from '../base/memory.ts';
import type { Services } from '../base/services.ts';
import { readTokenKind } from '../base/secrets.ts';
import { answerError } from '../http/answer-error.ts';
import { whoIsAsked } from '../http/asked.ts';
import { headersOfJson, markAnswer, newRequestId } from '../http/every-answer.ts';
import { type Principal, recallCaller } from '../http/identify-caller.ts';
import { requireCaller } from '../http/require-caller.ts';
import { RETRY_SECONDS } from './access.rules.ts';
import { checkAccess, slotOf } from './check-access.ts';
import { isFresh } from './entitlement-token.rules.ts';
import { type PlainQuestion, readPlainQuestion } from './plain-question.rules.ts';
import { mayChangeSoon, presentAccess, requireSubject, statusOf } from './present-access.ts';
import { type HeldToken, recallToken, type Slot } from './token-cache.rows.ts';

/*
 * A way of its own for `GET /v1/access`, the question that is asked most: without router, schemas and middleware (ADR
 * 68). It answers what is plainly asked, and leaves everything else to the route before it has read anything. Both give
 * the same answers: test/access/fast-path.test.ts holds them together.
 */

/** A yes that was given, and what it stands on. */
interface GivenYes {
  caller: Principal;
  bearer: string;
  slot: Slot;
  held: HeldToken;
  maxAge: number;
  endsAt: number | null;
  body: string;
}

/** As long as tokens are remembered: without its token no yes is given again. */
const MEMORY_MS = 5_000;
const ENTRY_OVERHEAD_BYTES = 500;
const given = new MemoryCache<GivenYes>({ maxEntries: 5_000, maxBytes: 8_000_000, ttlMs: MEMORY_MS });

const PATH = '/v1/access?';

/**
 * Answers a plain question about access; undefined when the route has to. `open` gives the services, and throws when the
 * configuration is wrong.
 */
export function answerAccess(
  request: Request,
  open: () => Services,
): Response | Promise<Response> | undefined {
  const { method, url, headers } = request;
  if (method !== 'GET' || !url.includes(PATH)) return undefined;
  const authorization = headers.get('authorization');
  // What the page of a browser may read depends on its origin.
  if (authorization === null || headers.has('origin')) return undefined;
  const services = openOrLeave(open);
  if (!services) return undefined;
  const start = services.config.url + PATH;
  if (!url.startsWith(start)) return undefined;

  const key = `${authorization} ${url}`;
  const yes = given.get(key, services.now());
  if (yes && isStillTrue(yes, services.now()))
    return new Response(yes.body, { headers: headersOfJson(newRequestId()) });
  const bearer = readBearer(authorization);
  const question = bearer === undefined ? undefined : readPlainQuestion(url.slice(start.length));
  return bearer === undefined || !question ? undefined : answer(services, question, { bearer, key });
}

/** The configuration's mistakes are told by the route. */
function openOrLeave(open: () => Services): Services | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

/** The token of a secret key or a session, in the usual spelling. */
function readBearer(authorization: string): string | undefined {
  const token = authorization.slice('Bearer '.length);
  if (authorization !== `Bearer ${token}`) return undefined;
  const kind = readTokenKind(token)?.kind;
  return kind === 'secret' || kind === 'session' ? token : undefined;
}

/**
 * Whether nothing has changed that a yes stands on, as far as this isolate knows: its caller and its token are still the
 * ones that are remembered, and neither is too old (invariant 7).
 */
function isStillTrue({ caller, bearer, slot, held, maxAge, endsAt }: GivenYes, now: number): boolean {
  return (
    recallCaller(bearer, now) === caller &&
    recallToken(slot, now) === held &&
    isFresh(held.claims, maxAge, now) &&
    (endsAt === null || endsAt > now)
  );
}

/** As the route does, with the same functions. */
async function answer(
  services: Services,
  { resource, maxAge, ...named }: PlainQuestion,
  { bearer, key }: { bearer: string; key: string },
): Promise<Response> {
  const requestId = newRequestId();
  try {
    const caller = await requireCaller(services, `Bearer ${bearer}`, {
      auth: ['secret', 'session'],
      scope: 'access:read',
    });
    const { app } = caller;
    const subject = requireSubject(whoIsAsked(caller, named, 'query'));
    const found = await checkAccess(services, { app, subject, resources: [resource], maxAge });
    const body = JSON.stringify(presentAccess(found, subject));
    const { decisions, held } = found;
    if (held && maxAge > 0) {
      const endsAt = decisions[0]?.endsAt ?? null;
      const yes = { caller, bearer, slot: slotOf(services, app, subject), held, maxAge, endsAt, body };
      given.set(key, yes, 2 * (key.length + body.length) + ENTRY_OVERHEAD_BYTES, services.now());
    }
    const retry = mayChangeSoon(decisions) ? { 'retry-after': String(RETRY_SECONDS) } : {};
    return new Response(body, {
      status: statusOf(decisions),
      headers: { ...headersOfJson(requestId), ...retry },
    });
  } catch (error) {
    const response = answerError(error, requestId);
    markAnswer(response.headers, requestId);
    return response;
  }
}
