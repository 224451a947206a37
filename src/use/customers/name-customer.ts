import type { Doer } from '../../base/audit-actions.rules.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { refreshMessages } from '../../base/messages.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { beforeNaming, deleteMapping, insertMapping, type Mapping, MAX_MAPPED } from './external-ids.rows.ts';

interface Named {
  customerId: string;
  externalId: string;
}

/**
 * Says that a customer is a user of the app's: what the customer has, the external id opens from then on. Two D1 round trips.
 * Said again, it changes nothing.
 * @throws {Problem} `not_found` for a customer who has bought nothing of this app, or is deleted; `conflict` for too many
 */
export async function nameCustomer(services: Services, app: AppRow, named: Named, by: Doer): Promise<void> {
  const mapping: Mapping = { appId: app.id, mode: app.mode, ...named };
  const { before } = await runBatch(services.database, { before: beforeNaming(mapping) });
  const [found] = before;
  if (!found?.known || !found.exists) throw unknown();
  if (found.customers >= MAX_MAPPED || found.names >= MAX_MAPPED)
    throw new Problem('conflict', {
      detail: `An external id stands for at most ${MAX_MAPPED} customers, and a customer for at most ${MAX_MAPPED} external ids.`,
    });
  await runBatch(services.database, insertMapping(services.database, mapping, services.now(), by));
  refresh(services, mapping);
}

/**
 * Ends that a customer is a user of the app's. Sessions of the external id stay, and open what it still stands for. Two D1 round
 * trips. @throws {Problem} `not_found` for a customer who has bought nothing of this app
 */
export async function unnameCustomer(services: Services, app: AppRow, named: Named, by: Doer): Promise<void> {
  const mapping: Mapping = { appId: app.id, mode: app.mode, ...named };
  const { before } = await runBatch(services.database, { before: beforeNaming(mapping) });
  if (!before[0]?.known) throw unknown();
  await runBatch(services.database, deleteMapping(services.database, mapping, services.now(), by));
  refresh(services, mapping);
}

/** What was given to the id is its customers', and what they have is the id's: both tokens follow. */
function refresh(services: Services, { appId, customerId, externalId }: Mapping): void {
  services.wake(
    refreshMessages({ appId, customerIds: [customerId], paymentIds: [], externalIds: [externalId] }),
  );
}

function unknown(): Problem {
  return new Problem('not_found', { detail: 'No such customer has bought anything of this app.' });
}
