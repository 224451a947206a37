import { isoOrNull } from '../../tell/endpoints/present-endpoint.ts';
import { PUBLISH_SECONDS, SETTLE_SECONDS } from '../../base/key-lives.rules.ts';
import { MODES } from '../../base/mode.rules.ts';
import type { Services } from '../../base/services.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { runOne } from '../../base/db/sql.rows.ts';
import { type PublishedKey, selectPublishedKeys } from '../../access/published-keys.rows.ts';
import { type AgedSecret, listAgedSecrets } from './known-secrets.ts';
import { findResealing, isResealed, reseal, type Resealing } from './reseal.ts';
import { countLeft } from './sealed-places.rows.ts';
import {
  ENCRYPTION_KEPT_SECONDS,
  judgeKeys,
  type JudgedKey,
  SIGNING_KEPT_SECONDS,
} from './secret-life.rules.ts';
import type { ResealView, SecretsView } from './secrets.answers.ts';

/** The secrets that the gateway runs with, by names, ages and states; never a value. */
export async function listSecrets(services: Services): Promise<SecretsView> {
  const now = services.now();
  const [secrets, resealing, published] = await Promise.all([
    listAgedSecrets(services),
    findResealing(services),
    runOne(services.database, selectPublishedKeys({ now })),
  ]);
  const isNeeded = resealing !== undefined && !isResealed(resealing);
  const of = (purpose: AgedSecret['purpose']) => secrets.filter((secret) => secret.purpose === purpose);
  const judged = new Map<AgedSecret, JudgedKey>();
  const judge = (keys: AgedSecret[], keptSeconds: number, needed: boolean) => {
    const states = judgeKeys(keys, { now, keptSeconds, isNeeded: needed });
    for (const [i, key] of keys.entries()) if (states[i]) judged.set(key, states[i]);
  };
  judge(of('encryption'), ENCRYPTION_KEPT_SECONDS, isNeeded);
  for (const each of MODES)
    judge(
      of('signing').filter(({ mode }) => mode === each),
      SIGNING_KEPT_SECONDS,
      false,
    );
  return {
    settle_seconds: SETTLE_SECONDS,
    publish_seconds: PUBLISH_SECONDS,
    secrets: secrets.map((secret) => {
      const life = judged.get(secret);
      return {
        setting: secret.slot,
        purpose: secret.purpose,
        mode: secret.mode,
        name: secret.id,
        since: new Date(secret.since).toISOString(),
        used_from: secret.begins === 0 ? null : new Date(secret.begins * 1000).toISOString(),
        state: life?.state ?? 'accepted',
        removable_at: isoOrNull(life?.removableAt ?? null),
      };
    }),
    published_keys: published
      .filter((key) => key.withdrawnAt !== null || !isConfigured(services, key))
      .map(({ mode, kid, neededUntil, withdrawnAt }) => ({
        mode,
        name: kid,
        needed_until: new Date(neededUntil).toISOString(),
        withdrawn_at: isoOrNull(withdrawnAt),
      })),
    reseal: await presentResealing(services, resealing),
  };
}

function isConfigured({ config }: Services, { mode, kid }: PublishedKey): boolean {
  return config.modes[mode]?.signingKeys.some((key) => key.kid === kid) ?? false;
}

/** Encrypts a part of what is left with the new key, and says what is left then. */
export async function resealNow(services: Services): Promise<SecretsView> {
  await reseal(services);
  return listSecrets(services);
}

async function presentResealing(
  { database }: Services,
  resealing: Resealing | undefined,
): Promise<ResealView | null> {
  if (!resealing) return null;
  const { keyId, passes } = resealing;
  const counted = await runBatch(
    database,
    passes.map(({ place, after }) => countLeft(database, place, after)),
  );
  return {
    key: keyId,
    is_complete: isResealed(resealing),
    settled_at: new Date(resealing.settledAt).toISOString(),
    places: passes.map(({ place, resealed, unreadable, finishedAt }, i) => ({
      place,
      resealed,
      unreadable,
      rows_left: finishedAt === null ? (counted[i]?.[0]?.rows ?? 0) : 0,
      finished_at: isoOrNull(finishedAt),
    })),
  };
}
