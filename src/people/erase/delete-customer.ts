import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { customerStatement } from './deleted.rows.ts';

/**
 * Deletes a customer at Polar, who loses name and address there, and ends all its subscriptions, those of every app. What the gateway
 * has goes when Polar's `customer.deleted` comes. One whom Polar does not know any more counts as deleted.
 * @throws {Problem} `not_found` for a customer whom the gateway does not know; `polar_…`
 */
export async function deleteCustomer(
  services: Services,
  { mode, id }: { mode: Mode; id: string },
  by: Doer,
): Promise<void> {
  const { database } = services;
  const { customers } = await runBatch(database, { customers: customerStatement(mode, id) });
  if (customers.length === 0)
    throw new Problem('not_found', { detail: 'The gateway knows no such customer in this mode.' });
  // Before Polar is asked: its answer may be lost after it did it.
  await runBatch(database, [
    audit(database, by, services.now(), { action: 'customer.deleted', appId: null, target: id }),
  ]);
  await services.polar(mode).deleteCustomer(id);
}
