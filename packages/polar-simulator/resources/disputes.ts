/** `/v1/disputes` (facts §1.9). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound, problem } from '../http/errors.ts';
import { pathId, queryOf } from '../http/input.ts';
import { listPage, matches } from '../http/lists.ts';
import { disputeBase, resolveDispute } from '../life/disputes.ts';
import type { DisputeRow } from '../state.ts';
import { customerToWire } from '../wire/customer.ts';
import type { World } from '../world.ts';

export function disputeRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { disputes, orders, customers } = world.tables;

  const find = (id: string, organizationId: string): DisputeRow => {
    const dispute = disputes.get(id);
    if (dispute?.organization_id !== organizationId) throw notFound();
    return dispute;
  };

  function toWire(row: DisputeRow) {
    const customer = customers.get(orders.get(row.order_id)?.customer_id);
    if (!customer) throw new Error(`The dispute ${row.id} has no customer.`);
    const due = row.evidence_due_by;
    const past_due = !row.closed && due !== null && Date.parse(due) <= world.now();
    return { ...disputeBase(row), past_due, case_id: row.case_id, customer: customerToWire(customer) };
  }

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = disputes
      .by('organization', context.var.organization.id)
      .filter((row) => matches(query, 'order_id', row.order_id) && matches(query, 'status', row.status));
    return context.json(
      listPage({
        rows,
        query,
        sorters: { created_at: (row) => row.created_at, amount: (row) => row.amount },
        defaultSort: '-created_at',
        toWire,
      }),
    );
  });

  routes.get('/:id', (context) => context.json(toWire(find(pathId(context), context.var.organization.id))));

  /** The seller does not contest it. */
  routes.post('/:id/accept', (context) => {
    const dispute = find(pathId(context), context.var.organization.id);
    if (dispute.closed) throw problem(409, 'DisputeNotOpenError', 'This dispute is not open.');
    resolveDispute(world, dispute, 'lost');
    return context.json(toWire(dispute));
  });

  return routes;
}
