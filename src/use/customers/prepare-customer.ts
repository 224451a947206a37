import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Services } from '../../base/services.ts';
import { subjectName } from '../../base/subject.rules.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { preparedCustomerStatement, sayOfCustomer } from '../../sell/prepared-customers.rows.ts';
import { takeName } from './external-ids.rows.ts';
import type { PreparedCustomerView } from './customers.answers.ts';

const ROUTE = 'POST /v1/customers';

/**
 * Keeps what an app says of its user for the user's checkouts. Polar is not asked: its answer would say whether another app's
 * buyer has the address. At most once for an `Idempotency-Key`. @throws {Problem} see `withIdempotency`
 */
export function prepareCustomer(
  services: Services,
  app: AppRow,
  said: { externalId: string; email: string | null; name: string | null },
  request: { key: string | undefined; rawBody: string; by: Doer },
) {
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
    prefetch: { before: preparedCustomerStatement(app.id, said.externalId) },
  };
  return withIdempotency(services, once, ({ before: [before] }) => {
    const now = services.now();
    const body: PreparedCustomerView = {
      id: subjectName({ kind: 'external', externalId: said.externalId }),
      external_id: said.externalId,
      email: said.email,
      name: said.name,
      created_at: new Date(before?.createdAt ?? now).toISOString(),
      updated_at: new Date(now).toISOString(),
    };
    return Promise.resolve({
      status: 201,
      body,
      commit: [
        sayOfCustomer({ appId: app.id, ...said, now }),
        takeName(app.id, said.externalId),
        // An app's own id for its user may be an address.
        audit(services.database, request.by, now, {
          action: 'customer.prepared',
          appId: app.id,
          target: null,
        }),
      ],
    });
  });
}
