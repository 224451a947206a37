import type { Fact } from '../domain/facts.ts';
import type { ToldFact } from '../domain/polar-facts.ts';
import type { Route } from '../domain/routing.ts';
import { customerOf } from '../storage/routing-rows.ts';
import type { PlanInput } from './plan-input.ts';

/** Gives told facts their app and body. */
export function tell(input: PlanInput, route: Route, told: readonly ToldFact[]): Fact[] {
  const app = input.rows.apps.find((row) => row.id === route.appId);
  if (!app) return [];
  const { observation, mode } = input;
  return told.map((fact) => ({
    key: fact.key,
    unlessTold: fact.unlessTold,
    type: fact.type,
    appId: app.id,
    appSlug: app.slug,
    mode,
    paymentId: route.paymentId,
    customerId: customerOf(observation),
    occurredAt: observation.occurredAt,
    polar: { type: fact.polarType, data: observation.data },
  }));
}

/** The first order that an app has of a customer makes the customer new to it. */
export function tellNewCustomer(input: PlanInput, route: Route): Fact[] {
  const { main, embedded } = input.observation;
  if (main.kind !== 'order') return [];
  const customer = embedded.find((part) => part.kind === 'customer');
  const told = tell(input, route, [
    {
      key: `customer.created:${main.row.customerId}`,
      type: 'customer.created',
      polarType: 'customer.created',
    },
  ]);
  return told.map((fact) => ({
    ...fact,
    paymentId: null,
    polar: { type: 'customer.created', data: describeCustomer(main.row.customerId, customer?.row) },
  }));
}

/** A customer's own news goes to each app that knew the customer by then, in Floe's words: Polar's object spans all apps. */
export function tellCustomer(input: PlanInput): Fact[] {
  const { main, type, occurredAt } = input.observation;
  if (main.kind !== 'customer' || (type !== 'customer.updated' && type !== 'customer.deleted')) return [];
  const key =
    type === 'customer.deleted'
      ? `customer.deleted:${main.row.id}`
      : `customer.updated:${main.row.id}:${main.row.version}`;
  return input.rows.relations
    .filter((relation) => relation.since <= occurredAt)
    .flatMap((relation) =>
      tell(input, { appId: relation.appId, paymentId: null }, [{ key, type, polarType: type }]),
    )
    .map((fact) => ({ ...fact, polar: { type, data: describeCustomer(main.row.id, main.row) } }));
}

function describeCustomer(
  id: string,
  row: { email: string | null; name: string | null; deletedAt: number | null } | undefined,
): object {
  return {
    id,
    email: row?.email ?? null,
    name: row?.name ?? null,
    deleted_at: row?.deletedAt ? new Date(row.deletedAt).toISOString() : null,
  };
}
