import { runBatch } from '../../base/db/database.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import { randomSecret } from '../../base/secrets.ts';
import type { Services } from '../../base/services.ts';
import { fetchKey } from './find-key.ts';
import {
  holdUsage,
  releaseRequest,
  type RequestId,
  type RequestRow,
  settleRequest,
  takeOverRequest,
} from './license-requests.rows.ts';

/** After this Polar does not do any more what it was asked. Milliseconds. */
export const UNCERTAIN_MS = 60_000;
/** Others that count for the same key are waited for so long, all together three seconds. */
const LOOK_AGAIN_MS = 150;
const LOOKS = 20;

export interface UsageOf {
  mode: Mode;
  licenseKeyId: string;
  amount: number;
}

/** `done`: this request was counted already. `held`: nobody else counts for the key until it is dropped, by this token. */
export type Hold = { state: 'done' } | { state: 'held'; token: string };

/**
 * Lets one request at a time change the usage of a key. What an earlier one has left open, because Polar did not answer or the
 * Worker died, is settled first, by the usage that Polar has then.
 * @throws {Problem} `unavailable` while it cannot be told what became of an earlier one, `polar_…`
 */
export async function holdUsageOf(services: Services, id: RequestId, usage: UsageOf): Promise<Hold> {
  const token = randomSecret();
  for (let looks = 0; looks < LOOKS; looks++) {
    const now = services.now();
    const { mine, open } = await runBatch(services.database, holdUsage(id, usage, token, now));
    const [own] = mine;
    if (own?.outcome === 'done') return { state: 'done' };
    if (own?.leaseToken === token) {
      if (own.askedAt === null) return { state: 'held', token };
      if ((await settle(services, usage, own, token)) === 'done') return { state: 'done' };
      continue;
    }
    const [other] = open;
    if (other && other.leaseUntil <= now && (await isTaken(services, other, token)))
      await settle(services, usage, other, token);
    else if (other) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  throw new Problem('unavailable', { detail: 'Other usage of this key is being counted.', retryAfter: 1 });
}

async function isTaken(services: Services, row: RequestRow, token: string): Promise<boolean> {
  const { taken } = await runBatch(services.database, {
    taken: takeOverRequest(row, token, services.now()),
  });
  return taken === 1;
}

/** @throws {Problem} `unavailable` when it cannot be told yet */
async function settle(
  services: Services,
  { mode, licenseKeyId }: UsageOf,
  row: RequestRow,
  token: string,
): Promise<'done' | 'not_done'> {
  const found = await fetchKey(services, mode, licenseKeyId).catch(async (error: unknown) => {
    await runBatch(services.database, [releaseRequest(row, token)]);
    throw error;
  });
  const outcome = outcomeOf(row, found?.key.usage, services.now());
  await runBatch(services.database, [
    outcome === 'open' ? releaseRequest(row, token) : settleRequest(row, token, outcome),
  ]);
  if (outcome !== 'open') return outcome;
  const left = (row.askedAt ?? 0) + UNCERTAIN_MS - services.now();
  throw new Problem('unavailable', {
    detail: 'Polar has not said yet what became of an earlier usage of this key.',
    retryAfter: Math.max(1, Math.ceil(left / 1000)),
  });
}

/** What became of a usage, by what Polar has now; only it can have changed that. Undefined: Polar does not know the key any more. */
export function outcomeOf(
  { usageBefore, amount, askedAt }: Pick<RequestRow, 'usageBefore' | 'amount' | 'askedAt'>,
  usage: number | undefined,
  now: number,
): 'done' | 'not_done' | 'open' {
  if (askedAt === null || usage === undefined) return 'not_done';
  if (usage >= (usageBefore ?? 0) + amount) return 'done';
  return now >= askedAt + UNCERTAIN_MS ? 'not_done' : 'open';
}
