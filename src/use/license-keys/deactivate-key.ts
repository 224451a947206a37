import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Services } from '../../base/services.ts';
import { noteActivation } from './activations.rows.ts';
import { answerOf, type LicenseAnswer, notFound } from './ask-key.ts';
import { fetchKey, findKey, type FoundKey } from './find-key.ts';
import { asGuess, type Asker, orUnavailable, slotOf } from './guarded-question.ts';
import { forgetChecksOf } from './license-checks.rows.ts';
import { findActivation } from './license-code.rules.ts';
import { forgetRemembered } from './remembered.ts';
import { NOES, requireNo } from './require-no.ts';

/**
 * Takes an activation back, of a key that has ended too, so that a machine can always be given up. `valid` says that it is gone by
 * this; asked once more it is `activation_unknown`.
 * @throws {Problem} `unavailable`, `rate_limited`
 */
export function deactivateKey(
  services: Services,
  asker: Asker,
  { key: text, activationId }: { key: string; activationId: string },
  by: Doer | undefined,
): Promise<LicenseAnswer> {
  const { app } = asker;
  const deactivating = asGuess(services, asker, text, async ({ asking, known }) => {
    const startedAt = asking.now();
    const found = await findKey(asking, app, text, known);
    return found ? removeActivation(asking, app, found, activationId, by) : notFound(startedAt);
  });
  return orUnavailable(
    deactivating,
    'The activation may not be gone yet. Ask again: when it is gone, the answer is activation_unknown.',
  );
}

/** Removes an activation of a key of this app. When Polar's answer is lost, the key itself says whether it is gone. @throws {Problem} `polar_…` */
export async function removeActivation(
  services: Services,
  app: AppRow,
  found: FoundKey,
  activationId: string,
  by: Doer | undefined,
): Promise<LicenseAnswer> {
  const { key } = found;
  if (!findActivation(key, activationId)) return answerOf(found, 'activation_unknown', {});
  try {
    const asked = await services.polar(app.mode).deactivateLicenseKey(key.key, activationId);
    if (!asked.ok) {
      requireNo(asked.error, NOES.deactivate);
      // Somebody else has removed it meanwhile.
      return answerOf(found, 'activation_unknown', {});
    }
  } catch (error) {
    const after = await fetchKey(services, app.mode, key.id).catch(() => undefined); // The caller should hear of the first failure.
    if (!after || findActivation(after.key, activationId)) throw error;
  }
  forgetRemembered(await slotOf(app, key.key));
  await runBatch(services.database, {
    forgotten: forgetChecksOf(app.mode, key.id),
    noted: noteActivation(key, { appId: app.id, activationId, what: 'deactivated', now: services.now() }),
    line: by
      ? [
          audit(services.database, by, services.now(), {
            action: 'license_key.deactivated',
            appId: app.id,
            target: key.id,
            detail: { activation: activationId },
          }),
        ]
      : [],
  });
  const activations = key.activations.filter(({ id }) => id !== activationId);
  return answerOf({ ...found, key: { ...key, activations } }, 'valid', {});
}
