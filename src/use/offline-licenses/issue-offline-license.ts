import { digestFingerprint } from '../../../packages/kit/license-claims.ts';
import { listPurchaseEntitlements } from '../../access/list-purchase-entitlements.ts';
import { noteNeededKey } from '../../access/published-keys.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { runOne } from '../../base/db/sql.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { signingKeyAt, signLicense } from '../../base/signing.ts';
import type { LicenseAnswer } from '../license-keys/ask-key.ts';
import type { Asker } from '../license-keys/guarded-question.ts';
import type { Values } from '../license-keys/license-code.rules.ts';
import { validateKey } from '../license-keys/validate-key.ts';
import { buildLicense, endOfLicense, neededUntil } from './offline-licenses.rules.ts';
import { selectKeyGrants, takeActivation } from './offline-licenses.rows.ts';

export interface OfflineQuestion {
  key: string;
  activationId: string;
  /** What the machine is called; it is not stored. */
  fingerprint: string;
  /** What the activation was made for; undefined: for the fingerprint, if for anything. */
  conditions: Values | undefined;
  /** Undefined: as many as there may be. */
  days: number | undefined;
}

/** What is said of the key, and the licence when the answer is yes. `endsAt`: milliseconds. */
export interface OfflineAnswer {
  answer: LicenseAnswer;
  license: { token: string; endsAt: number } | undefined;
}

/**
 * Checks key and activation at Polar, and signs a licence for the machine (ADR 96). Another machine's licence that still counts is a
 * `conditions_mismatch`.
 * @throws {Problem} `unavailable`, `rate_limited`, `mode_not_configured`
 */
export async function issueOfflineLicense(
  services: Services,
  asker: Asker,
  { key: text, activationId, fingerprint, conditions = { fingerprint }, days }: OfflineQuestion,
): Promise<OfflineAnswer> {
  const { app } = asker;
  const { config, database } = services;
  const mode = config.modes[app.mode];
  if (!mode) throw new Problem('mode_not_configured');
  const question = { activationId, conditions, incrementUsage: 0 };
  const answer = await validateKey(
    services,
    asker,
    { key: text, question, maxAge: 0 },
    { key: undefined, rawBody: '' },
  );
  const { key, code } = answer;
  if (code !== 'valid' || !key) return { answer, license: undefined };

  const [grant] = await runOne(database, selectKeyGrants({ app: app.id, id: key.id }));
  const given = grant && (await listPurchaseEntitlements(services, app, grant));
  const now = services.now();
  const endsAt = endOfLicense({
    now,
    days,
    maxDays: config.maxLicenseDays,
    keyEndsAt: key.expiresAt,
    subscription: given?.subscription,
    pastDueGraceDays: app.pastDueGraceDays,
  });
  if (endsAt <= now) return { answer: { ...answer, code: 'expired' }, license: undefined };

  const digest = await digestFingerprint(activationId, fingerprint);
  const signing = signingKeyAt(mode, Math.floor(now / 1000));
  // Before anybody has the licence its key is to be published for as long as it counts.
  const { taken } = await runBatch(database, {
    taken: takeActivation({ app: app.id, activation: activationId, fingerprint: digest, until: endsAt, now }),
    noted: noteNeededKey({ mode: app.mode, kid: signing.kid, x: signing.x, until: neededUntil(endsAt) }),
  });
  if (taken.length === 0) return { answer: { ...answer, code: 'conditions_mismatch' }, license: undefined };
  const claims = buildLicense(
    { issuer: `${config.url}/${app.mode}`, app: app.slug },
    {
      keyId: key.id,
      displayKey: key.displayKey,
      benefitId: key.benefitId,
      activationId,
      fingerprint: digest,
    },
    given ?? { current: new Map(), features: new Map() },
    { now, endsAt },
  );
  return { answer, license: { token: await signLicense(signing, claims), endsAt } };
}
