import type { NewKeyView } from './apps.answers.ts';
import type { Services } from '../base/services.ts';
import { Problem } from '../base/problem.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import { findApp } from '../http/find-app.ts';
import { fingerprintOf, withIdempotency } from '../http/idempotency.ts';
import { hasEnded } from '../http/key-scopes.rules.ts';
import { insertKeys } from './apps.rows.ts';
import { makeKey, type NewKey } from './make-key.ts';
import { limitsOf, presentKey } from './present-key.ts';

const KEYS_ROUTE = 'POST /admin/apps/:app/keys';

/**
 * A further key of an app, at most one for an `Idempotency-Key`. Its value is in this answer only.
 * @throws {Problem} `not_found`; `validation_failed` when it would have ended already; see `withIdempotency`
 */
export async function createKey(
  services: Services,
  slug: string,
  input: NewKey,
  { key, rawBody, by }: { key: string | undefined; rawBody: string; by: Doer },
) {
  const { database } = services;
  const app = await findApp(services, slug);
  const once = {
    appId: app.id,
    route: KEYS_ROUTE,
    key,
    fingerprint: () => fingerprintOf(KEYS_ROUTE, rawBody),
    prefetch: [],
  };
  return withIdempotency(services, once, async () => {
    const now = services.now();
    if (hasEnded(input, now)) throw endsTooEarly();
    const made = await makeKey(app, input, now);
    return {
      status: 201,
      body: { ...presentKey(made.row), key: made.key } satisfies NewKeyView,
      commit: [
        insertKeys(database, [made.row]),
        audit(database, by, now, {
          action: 'key.created',
          appId: app.id,
          target: made.row.id,
          after: limitsOf(made.row),
        }),
      ],
    };
  });
}

function endsTooEarly(): Problem {
  const [path, message] = ['body.expires_at', 'Must be in the future.'];
  return new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
