import { runBatch, type Statement } from '../../base/db/database.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import { hashSecret, randomSecret } from '../../base/secrets.ts';
import type { Services } from '../../base/services.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { wasNotDone } from '../../polar/problems.ts';
import { answerOf, askPolar, type LicenseAnswer, notFound } from './ask-key.ts';
import { fetchKey, findKey, type FoundKey, type KnownOfKey } from './find-key.ts';
import { asGuess, type Asker, type OpenQuestion } from './guarded-question.ts';
import { holdUsageOf, outcomeOf } from './hold-usage.ts';
import { decideKey, type LicenseQuestion } from './license-code.rules.ts';
import { dropRequest, noteAskedUsage, releaseRequest, type RequestId } from './license-requests.rows.ts';

const ROUTE = 'POST /v1/license-keys/validate';

/** By what a request is told from another. */
export interface UsageRequest {
  /** The `Idempotency-Key`; undefined: every request is its own. */
  key: string | undefined;
  rawBody: string;
}

interface Counting {
  text: string;
  question: LicenseQuestion;
}

/**
 * Checks a key and counts its usage, once for an `Idempotency-Key`. Polar has none: before it is asked it is noted how much usage
 * there was, and while it is not known what became of that, nobody else changes it (ADR 95).
 * @throws {Problem} `unavailable` when it is not known whether it was counted, `polar_…`, `idempotency_…`, `rate_limited`
 */
export async function countUsage(
  services: Services,
  asker: Asker,
  counting: Counting,
  request: UsageRequest,
): Promise<LicenseAnswer> {
  const { app } = asker;
  const id: RequestId = { appId: app.id, request: await nameRequest('usage', request) };
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
    prefetch: [],
  };
  const { body } = await withIdempotency(services, once, async () => {
    const answer = await asGuess(services, asker, counting.text, (open) => count(asker, open, counting, id));
    const commit: Statement[] = [dropRequest(id)];
    // A no says how it is now; with the same key it is asked again.
    return { status: 200, body: answer, commit, isKept: answer.code === 'valid' };
  });
  return body as LicenseAnswer;
}

/** A request's name in the database: the same for the same request. */
export function nameRequest(what: string, { key, rawBody }: UsageRequest): Promise<string> {
  return key === undefined
    ? Promise.resolve(randomSecret())
    : hashSecret(JSON.stringify([what, key, rawBody]));
}

async function count(
  { app }: Asker,
  { asking, known }: OpenQuestion,
  { text, question }: Counting,
  id: RequestId,
): Promise<LicenseAnswer> {
  const startedAt = asking.now();
  // Where the key's id is known, the key is read once it is held, so that its usage is nobody else's.
  const likely = likelyId(app.id, known) ?? (await findKey(asking, app, text, known))?.key.id;
  if (likely === undefined) return notFound(startedAt);
  const usage = { mode: app.mode, licenseKeyId: likely, amount: question.incrementUsage };
  const hold = await holdUsageOf(asking, id, usage);
  const letGo = () => runBatch(asking.database, [dropRequest(id)]);
  const found = await findKey(asking, app, text, { ...known, id: likely }).catch(async (error: unknown) => {
    if (hold.state === 'held') await letGo();
    throw error;
  });
  if (!found) return notFound(startedAt);
  if (hold.state === 'done') return answerOf(found, 'valid', question);
  const code = decideKey(found.key, question, asking.now());
  if (code !== 'valid') return answerOf(found, code, question);
  const before = found.key.usage;
  const askedAt = asking.now();
  const { noted } = await runBatch(asking.database, {
    noted: noteAskedUsage(id, hold.token, before, askedAt),
  });
  if (noted !== 1) throw new Problem('unavailable', { retryAfter: 1 });
  try {
    return await askPolar(asking, app, found, question);
  } catch (error) {
    if (wasNotDone(error)) await letGo();
    else {
      const after = await readAgain(asking, app.mode, found);
      const row = { usageBefore: before, amount: usage.amount, askedAt };
      if (after && outcomeOf(row, after.key.usage, askedAt) === 'done')
        return answerOf(after, 'valid', question);
      await runBatch(asking.database, [releaseRequest(id, hold.token)]);
    }
    throw error;
  }
}

function readAgain(services: Services, mode: Mode, { key }: FoundKey): Promise<FoundKey | undefined> {
  return fetchKey(services, mode, key.id).catch(() => undefined); // The caller should hear of the first failure.
}

function likelyId(appId: string, { id, alike }: KnownOfKey): string | undefined {
  if (id !== null) return id;
  const own = new Set(alike.filter((each) => each.appId === appId).map(({ licenseKeyId }) => licenseKeyId));
  const [only] = own;
  return own.size === 1 ? only : undefined;
}
