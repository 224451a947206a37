import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { describeErrors, Problem } from '../../base/problem.ts';
import type { LicenseKeyChange, PolarRefusal } from '../../base/polar-gateway.ts';
import { randomSecret } from '../../base/secrets.ts';
import type { Services } from '../../base/services.ts';
import type { Caller } from '../../http/identify-caller.ts';
import { letsCustomersDeactivate, type PolarLicenseKey } from '../../polar/license-keys.rules.ts';
import { removeActivation } from './deactivate-key.ts';
import { fetchKey } from './find-key.ts';
import { slotOf } from './guarded-question.ts';
import { holdUsageOf } from './hold-usage.ts';
import { forgetChecksOf, forgetOlder } from './license-checks.rows.ts';
import type { LicenseKeyDetailView } from './license-keys.answers.ts';
import { dropRequest } from './license-requests.rows.ts';
import { presentLicenseKeyDetail } from './present-license-key.ts';
import { forgetRemembered } from './remembered.ts';
import { askingFor, isProven, type KeyCaller, requireKey } from './whose-keys.ts';

/** What can be changed of a key; undefined: it stays as it is. `expiresAt`: milliseconds; null: no end, no limit. */
export interface KeyChange {
  status?: PolarLicenseKey['status'] | undefined;
  usage?: number | undefined;
  limitUsage?: number | null | undefined;
  limitActivations?: number | null | undefined;
  expiresAt?: number | null | undefined;
}

/** One key with its activations; the whole key only when it is asked for, which the audit log says of a server. @throws {Problem} `not_found`, `polar_…` */
export async function getKey(
  services: Services,
  caller: KeyCaller,
  id: string,
  { isRevealed, by }: { isRevealed: boolean; by: Doer | undefined },
): Promise<LicenseKeyDetailView> {
  const { key } = await requireKey(services, caller, id);
  if (isRevealed && by) {
    const line = { action: 'license_key.revealed', appId: caller.app.id, target: key.id } as const;
    await runBatch(services.database, [audit(services.database, by, services.now(), line)]);
  }
  return presentLicenseKeyDetail(key, { isProven: isProven(caller), isRevealed });
}

/**
 * Has Polar change a key of the app. When Polar's answer is lost, the key says whether it was done. What was remembered of the key
 * is forgotten.
 * @throws {Problem} `not_found`, `polar_…`; `unavailable` while it is not known what became of an earlier usage
 */
export async function changeKey(
  services: Services,
  caller: Caller<'secret'>,
  id: string,
  change: KeyChange,
  by: Doer,
): Promise<LicenseKeyDetailView> {
  const { app } = caller;
  const before = await requireKey(services, caller, id);
  const request = { appId: app.id, request: randomSecret() };
  const isCounted = change.usage !== undefined;
  if (isCounted) await holdUsageOf(services, request, { mode: app.mode, licenseKeyId: id, amount: 0 });
  try {
    const key = await makeChange(services, app.mode, before.key, change);
    const slot = await slotOf(app, key.key);
    forgetRemembered(slot);
    await runBatch(services.database, [
      forgetChecksOf(app.mode, id),
      forgetOlder(slot, app.mode, id, services.now()),
      audit(services.database, by, services.now(), {
        action: 'license_key.changed',
        appId: app.id,
        target: id,
        before: termsOf(before.key),
        after: termsOf(key),
      }),
    ]);
    return presentLicenseKeyDetail(key, { isProven: true, isRevealed: false });
  } finally {
    if (isCounted) await runBatch(services.database, [dropRequest(request)]);
  }
}

async function makeChange(
  services: Services,
  mode: Caller<'secret'>['app']['mode'],
  { id }: PolarLicenseKey,
  change: KeyChange,
): Promise<PolarLicenseKey> {
  let failure: unknown;
  try {
    const asked = await services.polar(mode).changeLicenseKey(id, toPolar(change));
    if (!asked.ok) throw refused(asked.error);
  } catch (error) {
    if (error instanceof Problem && (error.code === 'polar_rejected' || error.code === 'not_found'))
      throw error;
    failure = error;
  }
  const after = await fetchKey(services, mode, id).catch((error: unknown) => {
    throw failure ?? error;
  });
  if (!after) throw new Problem('not_found', { detail: 'Polar has no such licence key any more.' });
  if (failure !== undefined && !isAsAsked(after.key, change)) throw failure;
  return after.key;
}

function toPolar({ status, usage, limitUsage, limitActivations, expiresAt }: KeyChange): LicenseKeyChange {
  return {
    ...(status === undefined ? {} : { status }),
    ...(usage === undefined ? {} : { usage }),
    ...(limitUsage === undefined ? {} : { limit_usage: limitUsage }),
    ...(limitActivations === undefined ? {} : { limit_activations: limitActivations }),
    ...(expiresAt === undefined
      ? {}
      : { expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString() }),
  };
}

function isAsAsked(key: PolarLicenseKey, change: KeyChange): boolean {
  const names = ['status', 'usage', 'limitUsage', 'limitActivations', 'expiresAt'] as const;
  return names.every((name) => change[name] === undefined || change[name] === key[name]);
}

function refused({ status, errors, cause }: PolarRefusal): Problem {
  if (status === 404) return new Problem('not_found', { detail: 'Polar has no such licence key any more.' });
  const detail = describeErrors(errors);
  return new Problem('polar_rejected', { ...(detail ? { detail, errors } : {}), cause });
}

/** For the audit log. */
function termsOf({ status, usage, limitUsage, limitActivations, expiresAt }: PolarLicenseKey) {
  return {
    status,
    usage,
    limit_usage: limitUsage,
    limit_activations: limitActivations,
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  };
}

/**
 * Removes an activation by the key's id. A customer may where the benefit lets them.
 * @throws {Problem} `not_found`, `activations_locked`, `polar_…`
 */
export async function removeActivationById(
  services: Services,
  caller: KeyCaller,
  { id, activationId }: { id: string; activationId: string },
  by: Doer | undefined,
): Promise<void> {
  const { app } = caller;
  const asking = askingFor(services, caller);
  const found = await requireKey(services, caller, id);
  if (caller.kind === 'session') {
    const benefit = await asking.polar(app.mode).fetchBenefit(found.key.benefitId);
    if (!letsCustomersDeactivate(benefit?.data))
      throw new Problem('activations_locked', {
        detail: 'Ask the seller to free an activation of this key.',
      });
  }
  const { code } = await removeActivation(asking, app, found, activationId, by);
  if (code !== 'valid') throw new Problem('not_found', { detail: 'This key has no such activation.' });
}
