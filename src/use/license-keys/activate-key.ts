import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch, type Statement } from '../../base/db/database.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { parseActivation } from '../../polar/license-keys.rules.ts';
import { wasNotDone } from '../../polar/problems.ts';
import { answerOf, type LicenseAnswer, notFound } from './ask-key.ts';
import { noteActivation } from './activations.rows.ts';
import { nameRequest, type UsageRequest } from './count-usage.ts';
import { fetchKey, fetchRefused, findKey, type FoundKey } from './find-key.ts';
import { asGuess, type Asker, type OpenQuestion, orUnavailable, slotOf } from './guarded-question.ts';
import { UNCERTAIN_MS } from './hold-usage.ts';
import { forgetChecksOf } from './license-checks.rows.ts';
import { decideActivate, findMarked, MARKER, type Values } from './license-code.rules.ts';
import { dropRequest, findRequest, noteAskedActivation, type RequestId } from './license-requests.rows.ts';
import { forgetRemembered } from './remembered.ts';
import { NOES, requireNo } from './require-no.ts';

const ROUTE = 'POST /v1/license-keys/activate';

export interface ActivationRequest {
  key: string;
  /** For people who look at their list. */
  label: string;
  conditions: Values;
  meta: Values;
}

/**
 * Activates a key for one machine, once for an `Idempotency-Key`. Polar has none: each activation carries a mark of the request
 * that made it, by which it is found again when Polar's answer was lost, so that no seat is used up twice (ADR 95). `by`: who asks,
 * when it is an app's server.
 * @throws {Problem} `unavailable` when it is not known whether it was made, `rate_limited`, `idempotency_…`
 */
export function activateKey(
  services: Services,
  asker: Asker,
  wanted: ActivationRequest,
  request: UsageRequest,
  by: Doer | undefined,
): Promise<LicenseAnswer> {
  const { app } = asker;
  const activating = async () => {
    const id: RequestId = { appId: app.id, request: await nameRequest('activation', request) };
    const once = {
      appId: app.id,
      route: ROUTE,
      key: request.key,
      fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
      prefetch: [],
    };
    const { body } = await withIdempotency(services, once, async () => {
      const answer = await asGuess(services, asker, wanted.key, (open) => activate(asker, open, wanted, id));
      const made = answer.code === 'valid' ? answer.key : undefined;
      const commit: Statement[] = [dropRequest(id)];
      if (made) commit.push(forgetChecksOf(app.mode, made.id));
      if (made && answer.activation) {
        const done = { appId: app.id, activationId: answer.activation.id, now: services.now() };
        commit.push(noteActivation(made, { ...done, what: 'activated' }));
      }
      if (made && by) {
        const line = { action: 'license_key.activated', appId: app.id, target: made.id } as const;
        commit.push(
          audit(services.database, by, services.now(), {
            ...line,
            detail: { activation: answer.activation?.id },
          }),
        );
      }
      // A no says how it is now; with the same key it is asked again.
      return { status: 200, body: answer, commit, isKept: made !== undefined };
    });
    forgetRemembered(await slotOf(app, wanted.key));
    return body as LicenseAnswer;
  };
  return orUnavailable(
    activating(),
    'It is not known yet whether the key was activated. Ask again with the same Idempotency-Key.',
  );
}

async function activate(
  { app }: Asker,
  { asking, known }: OpenQuestion,
  wanted: ActivationRequest,
  id: RequestId,
): Promise<LicenseAnswer> {
  const startedAt = asking.now();
  const found = await findKey(asking, app, wanted.key, known);
  if (!found) return notFound(startedAt);
  const made = findMarked(found.key, id.request);
  if (made) return answerOf(found, 'valid', { activationId: made.id });
  await refuseWhileUncertain(asking, id);
  const code = decideActivate(found.key, asking.now());
  if (code !== 'valid') return answerOf(found, code, {});
  await runBatch(asking.database, [
    noteAskedActivation(id, { mode: app.mode, licenseKeyId: found.key.id }, asking.now()),
  ]);
  return askForActivation(asking, app.mode, found, wanted, id);
}

/** Polar may still be doing what it was asked a moment ago. @throws {Problem} `unavailable` */
async function refuseWhileUncertain(services: Services, id: RequestId): Promise<void> {
  const { row } = await runBatch(services.database, { row: findRequest(id) });
  const left = (row[0]?.askedAt ?? 0) + UNCERTAIN_MS - services.now();
  if (left <= 0) return;
  throw new Problem('unavailable', {
    detail: 'Polar has not said yet whether it made the activation. Ask again with the same Idempotency-Key.',
    retryAfter: Math.ceil(left / 1000),
  });
}

async function askForActivation(
  services: Services,
  mode: Mode,
  found: FoundKey,
  { label, conditions, meta }: ActivationRequest,
  id: RequestId,
): Promise<LicenseAnswer> {
  const { key } = found;
  try {
    const asked = await services.polar(mode).activateLicenseKey({
      key: key.key,
      label,
      ...(Object.keys(conditions).length === 0 ? {} : { conditions }),
      meta: { ...meta, [MARKER]: id.request },
    });
    if (asked.ok) {
      const activation = parseActivation(asked.value.data);
      const after = { ...key, activations: [...key.activations, activation] };
      return answerOf({ key: after, readAt: asked.value.requestedAt }, 'valid', {
        activationId: activation.id,
      });
    }
    requireNo(asked.error, NOES.activate);
    const after = await fetchRefused(services, mode, key.id);
    if (!after) return notFound(found.readAt);
    const code = decideActivate(after.key, services.now());
    // Another has taken the last one, and given it back since.
    return answerOf(after, code === 'valid' ? 'activation_limit' : code, {});
  } catch (error) {
    if (wasNotDone(error)) await runBatch(services.database, [dropRequest(id)]);
    else {
      const after = await fetchKey(services, mode, key.id).catch(() => undefined); // The caller should hear of the first failure.
      const made = after && findMarked(after.key, id.request);
      if (made) return answerOf(after, 'valid', { activationId: made.id });
    }
    throw error;
  }
}
