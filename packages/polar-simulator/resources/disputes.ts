/** `/v1/disputes` (facts §1.9). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { problem } from '../http/errors.ts';
import { fields } from '../http/selection.ts';
import { disputeBase, resolveDispute } from '../life/disputes.ts';
import type { DisputeRow } from '../state.ts';
import { customerToWire } from '../wire/customer.ts';
import type { World } from '../world.ts';

export function disputeRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { disputes, orders, customers } = world.tables;

  function toWire(row: DisputeRow) {
    const customer = customers.get(orders.get(row.order_id)?.customer_id);
    if (!customer) throw new Error(`The dispute ${row.id} has no customer.`);
    const due = row.evidence_due_by;
    const past_due = !row.closed && due !== null && Date.parse(due) <= world.now();
    return { ...disputeBase(row), past_due, case_id: row.case_id, customer: customerToWire(customer) };
  }

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: disputes,
    filters: fields('order_id', 'status'),
    sorters: fields('created_at', 'amount'),
    toWire,
  });

  routes.get('/', list);
  routes.get('/:id', get);

  /** The seller does not contest it. */
  routes.post('/:id/accept', (context) => {
    const dispute = find(context);
    if (dispute.closed) throw problem(409, 'DisputeNotOpenError', 'This dispute is not open.');
    resolveDispute(world, dispute, 'lost');
    return context.json(toWire(dispute));
  });

  return routes;
}
