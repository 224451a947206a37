/** `POST /v1/events/ingest`: what a seller may report, and what becomes of it (facts §9). */

import * as z from 'zod';
import { type ValidationIssue, invalidAll } from '../http/errors.ts';
import { uuidField } from '../http/input.ts';
import { findCustomer } from '../life/customers.ts';
import { customerOfEvent, scheduleCount } from '../life/meters.ts';
import type { OrganizationRow, UsageEventRow } from '../state.ts';
import { isoFromMs } from '../time.ts';
import type { World } from '../world.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);
const cost = z.object({ amount: z.union([z.number(), z.string()]), currency: z.string() });

const eventField = z
  .object({
    name: z.string().max(128),
    timestamp: z.iso.datetime({ offset: true }).optional(),
    external_id: z.string().nullish(),
    parent_id: z.string().nullish(),
    customer_id: uuidField.optional(),
    external_customer_id: z.string().optional(),
    member_id: uuidField.nullish(),
    external_member_id: z.string().nullish(),
    metadata: z
      .object({ _cost: cost.optional(), _llm: z.record(z.string(), z.unknown()).optional() })
      .catchall(value)
      .default({}),
  })
  .refine((event) => event.customer_id ?? event.external_customer_id, {
    path: ['customer_id'],
    error: 'Field required',
  });

export const ingestBody = z.object({ events: z.array(eventField) });

type NewEvent = z.output<typeof eventField>;

/** All or nothing; the second of two with the same external id is a duplicate, in a batch too. */
export function ingest(world: World, organization: OrganizationRow, events: NewEvent[]) {
  const { usageEvents } = world.tables;
  const issues = events.flatMap((event, index) => issuesOf(world, organization, event, index));
  if (issues.length > 0) throw invalidAll(issues);
  let inserted = 0;
  const customers = new Set<string>();
  for (const event of events) {
    const key = `${organization.id} ${event.external_id}`;
    if (event.external_id != null && usageEvents.by('external', key).length > 0) continue;
    const row = usageEvents.insert(toRow(world, organization, event));
    inserted += 1;
    keepType(world, organization, event.name);
    const customer = customerOfEvent(world, row);
    if (!customer) continue;
    customer.first_user_event_at ??= row.timestamp;
    customers.add(customer.id);
  }
  for (const id of customers) scheduleCount(world, id);
  world.changed();
  return { inserted, duplicates: events.length - inserted };
}

function issuesOf(
  world: World,
  organization: OrganizationRow,
  event: NewEvent,
  index: number,
): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const refuse = (field: string, msg: string, input: unknown): void => {
    issues.push({ type: 'value_error', loc: ['body', 'events', index, field], msg, input });
  };
  if (event.timestamp !== undefined && Date.parse(event.timestamp) > world.now()) {
    refuse('timestamp', 'Timestamp must be in the past.', event.timestamp);
  }
  if (event.customer_id !== undefined && !findCustomer(world, organization.id, event)) {
    refuse('customer_id', 'Customer not found.', event.customer_id);
  }
  if (event.parent_id != null && !parentOf(world, organization, event.parent_id)) {
    refuse('parent_id', 'Parent event not found.', event.parent_id);
  }
  return issues;
}

function keepType(world: World, organization: OrganizationRow, name: string): void {
  if (world.tables.eventTypes.by('name', `${organization.id} ${name}`).length > 0) return;
  world.tables.eventTypes.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    organization_id: organization.id,
    name,
    label: name,
    label_property_selector: null,
  });
}

/** By Polar's id or by the seller's. */
const parentOf = (world: World, organization: OrganizationRow, id: string): UsageEventRow | undefined =>
  world.tables.usageEvents.get(id) ?? world.tables.usageEvents.by('external', `${organization.id} ${id}`)[0];

function toRow(world: World, organization: OrganizationRow, event: NewEvent): UsageEventRow {
  const received_at = world.stamp();
  const costs = event.metadata._cost;
  return {
    id: world.id(),
    timestamp: event.timestamp === undefined ? received_at : isoFromMs(Date.parse(event.timestamp)),
    received_at,
    organization_id: organization.id,
    name: event.name,
    customer_id: event.customer_id ?? null,
    external_customer_id: event.external_customer_id ?? null,
    member_id: event.member_id ?? null,
    external_member_id: event.external_member_id ?? null,
    external_id: event.external_id ?? null,
    parent_id: event.parent_id == null ? null : (parentOf(world, organization, event.parent_id)?.id ?? null),
    metadata: {
      ...event.metadata,
      ...(costs ? { _cost: { ...costs, amount: String(costs.amount) } } : {}),
    },
  };
}
