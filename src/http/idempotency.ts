import { parseJson } from '../base/json.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type Batch, type ResultsOf, runBatch } from '../base/db/database.rows.ts';
import {
  claimStatements,
  finishStatement,
  type IdempotencyKey,
  type IdempotencyRow,
  isLeaseLost,
  releaseStatement,
} from './idempotency.rows.ts';
import { seal, unseal } from '../base/sealed.ts';
import { hashSecret, randomSecret } from '../base/secrets.ts';

export interface IdempotentRequest<Reads extends Batch> {
  appId: string;
  /** `POST /v1/payments`. */
  route: string;
  /** The `Idempotency-Key` header; undefined: every request is its own. */
  key: string | undefined;
  /** What the key stands for, see `fingerprintOf`. Asked for only when there is a key. */
  fingerprint: () => Promise<string>;
  /** Reads for the same round trip as the claim; `run` gets their rows. */
  prefetch: Reads;
}

interface IdempotentAnswer<Writes extends Batch> {
  status: number;
  body: unknown;
  /** Writes that commit together with the stored answer, in one batch: all or nothing. */
  commit: Writes;
  /**
   * False: the answer is not kept, so that the key asks again how it went. Only for work that is told by something else
   * that it is the same.
   */
  isKept?: boolean;
  /** Gets the results of `commit`. */
  committed?: (results: ResultsOf<Writes>) => void;
}

/** SHA-256 over the parts by which two requests are the same: method, path, body. */
export function fingerprintOf(...parts: string[]): Promise<string> {
  return hashSecret(JSON.stringify(parts));
}

/**
 * Runs `run` once for a key (ADR 13): a repetition gets the same answer, a concurrent request is refused. Answers are
 * kept for 24 h. A failure that `run` throws is not kept, whatever its status, since nothing was written and the key is
 * free again. When D1's confirmation of a commit is lost, the caller gets a failure, and the answer when it repeats the
 * key.
 * @throws {Problem} `validation_failed` (the key's form), `idempotency_in_progress`, `idempotency_mismatch`
 */
export async function withIdempotency<const Reads extends Batch, const Writes extends Batch>(
  services: Services,
  request: IdempotentRequest<Reads>,
  run: (prefetched: ResultsOf<Reads>) => Promise<IdempotentAnswer<Writes>>,
): Promise<{ status: number; body: unknown }> {
  const { key, prefetch } = request;
  if (key === undefined) {
    const { status, body, commit, committed } = await runBatch(services.database, prefetch).then(run);
    const results = await runBatch(services.database, commit);
    committed?.(results);
    return { status, body };
  }
  refuseOddKey(key);
  const id = { appId: request.appId, route: request.route, key };
  const claim = { fingerprint: await request.fingerprint(), leaseToken: randomSecret(), now: services.now() };
  const { prefetched, ...claimed } = await runBatch(services.database, {
    ...claimStatements(id, claim),
    prefetched: prefetch,
  });
  const [row] = claimed.holder;
  if (row?.leaseToken !== claim.leaseToken) return answerForOther(services, id, row, claim);
  try {
    const answer = await run(prefetched);
    await finish(services, id, claim, answer);
    return { status: answer.status, body: answer.body };
  } catch (error) {
    if (isLeaseLost(error)) throw inProgress(claim.now, claim.now);
    await runBatch(services.database, [releaseStatement(id, claim.leaseToken)]).catch(() => undefined); // The lease ends by itself; the caller should hear of the first failure.
    throw error;
  }
}

async function finish<Writes extends Batch>(
  services: Services,
  id: IdempotencyKey,
  { fingerprint, leaseToken }: { fingerprint: string; leaseToken: string },
  { status, body, commit, isKept = true, committed }: IdempotentAnswer<Writes>,
): Promise<void> {
  const last =
    status >= 500 || !isKept
      ? releaseStatement(id, leaseToken)
      : finishStatement(
          id,
          {
            fingerprint,
            leaseToken,
            status,
            sealedBody: await seal(services.config, contextOf(id), JSON.stringify(body ?? null)),
            paymentId: whomItShows(body),
          },
          services.now(),
        );
  const { written } = await runBatch(services.database, { written: commit, last });
  committed?.(written);
}

/** Another request has the key: an earlier one like this, one that is still running, or a different one. */
async function answerForOther(
  services: Services,
  id: IdempotencyKey,
  row: IdempotencyRow | undefined,
  { fingerprint, now }: { fingerprint: string; now: number },
): Promise<{ status: number; body: unknown }> {
  if (!row) throw new Problem('unavailable', { retryAfter: 1 });
  if (row.fingerprint !== fingerprint) {
    throw new Problem('idempotency_mismatch', {
      detail: 'This Idempotency-Key was used with another request. Use a new key for a new request.',
    });
  }
  if (row.status === null || row.sealedBody === null) throw inProgress(row.leaseUntil, now);
  const body = parseJson(await unseal(services.config, contextOf(id), row.sealedBody));
  return { status: row.status, body };
}

function inProgress(leaseUntil: number, now: number): Problem {
  const seconds = Math.ceil((leaseUntil - now) / 1000);
  // Most requests end long before their lease does.
  return new Problem('idempotency_in_progress', { retryAfter: Math.min(Math.max(seconds, 1), 3) });
}

/** What an answer is found by when somebody is forgotten: a payment, or whom it describes, `customer:<id>` or `external:<id>`. */
function whomItShows(body: unknown): string | null {
  const shown: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  const { customer } = shown;
  const ids = [
    shown['id'],
    shown['first_payment_id'],
    shown['payment_id'],
    typeof customer === 'string' && !customer.startsWith('external:') ? `customer:${customer}` : customer,
  ];
  return (
    ids.find((id): id is string => typeof id === 'string' && /^(?:pay_|external:|customer:)/.test(id)) ?? null
  );
}

/** The name that a stored answer's encryption is bound to. */
export function contextOf({ appId, route, key }: IdempotencyKey): string {
  return `idempotency_keys:${appId}:${route}:${key}`;
}

const MAX_KEY_CHARS = 255;

function refuseOddKey(key: string): void {
  if (key.length <= MAX_KEY_CHARS && /^[\u0021-\u007e](?:[\u0020-\u007e]*[\u0021-\u007e])?$/.test(key))
    return;
  const message = `Must have 1 to ${MAX_KEY_CHARS} printable ASCII characters.`;
  throw new Problem('validation_failed', {
    detail: `header.idempotency-key: ${message}`,
    errors: [{ path: 'header.idempotency-key', message }],
  });
}
