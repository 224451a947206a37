import type { RotatedSecretView } from './endpoints.answers.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { newWebhookSecret } from '../deliveries/sign.ts';
import type { Services } from '../../base/services.ts';
import { audit } from '../../base/audit.rows.ts';
import { MAX_PREVIOUS_SECRETS, rotateSecretStatement } from './endpoint-changes.rows.ts';
import { type EndpointSecrets, selectSecrets } from './endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { seal } from '../../base/sealed.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { secretContext } from './endpoint-secret.rules.ts';
import { isoOrNull, unknownEndpoint } from './present-endpoint.ts';

const ROUTE = 'POST /v1/webhook-endpoints/:id/rotate-secret';

/**
 * Gives an endpoint a new secret, shown this once: at most one for an `Idempotency-Key`. For `overlapSeconds` the
 * replaced secret signs too; 0 ends every older secret at once, for one that has leaked (ADR 25).
 * @throws {Problem} `not_found`, also for another app's; see `withIdempotency`.
 */
export function rotateEndpointSecret(
  services: Services,
  app: AppRow,
  { id, overlapSeconds }: { id: string; overlapSeconds: number },
  request: { key: string | undefined; rawBody: string; by: Doer },
) {
  const { database, config } = services;
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, id, request.rawBody),
    prefetch: selectSecrets(database, app.id, id),
  };
  return withIdempotency(services, once, async ([endpoint]) => {
    if (!endpoint) throw unknownEndpoint(id);
    const now = services.now();
    const until = overlapSeconds === 0 ? null : now + overlapSeconds * 1000;
    const secret = newWebhookSecret();
    const sealed = await seal(config, secretContext(id), secret);
    return {
      status: 200,
      body: {
        id,
        secret,
        previous_secrets_expire_at: isoOrNull(lastEnd(endpoint, until, now)),
      } satisfies RotatedSecretView,
      commit: [
        rotateSecretStatement(database, { appId: app.id, id, now }, { sealed, until }),
        audit(database, request.by, now, {
          action: 'endpoint.secret_rotated',
          appId: app.id,
          target: id,
          detail: { overlap_seconds: overlapSeconds },
        }),
      ],
    };
  });
}

/** From when only the new secret signs. An older one may have been given longer than this overlap. */
function lastEnd({ previousSecrets }: EndpointSecrets, until: number | null, now: number): number | null {
  if (until === null) return null;
  const older = previousSecrets.filter((each) => each.until > now).slice(0, MAX_PREVIOUS_SECRETS - 1);
  return Math.max(until, ...older.map((each) => each.until));
}
