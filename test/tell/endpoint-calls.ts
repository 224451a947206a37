import { env } from 'cloudflare:workers';
import type { Bindings } from '../../src/base/config.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import { openDatabase, runBatch } from '../../src/base/db/database.rows.ts';
import { tellStatements } from '../../src/tell/events/events.rows.ts';
import { call, GATEWAY_URL, type TestApp } from '../harness/harness.ts';
import { fetchGateway } from '../harness/front-door.ts';

/* What the tests of webhook endpoints share: the addresses, what they answer, and rows to begin with. */

export const PATH = '/v1/webhook-endpoints';
export const HOOK = 'https://receiver.example-site.dev/hooks/here';

export interface Endpoint {
  id: string;
  url: string;
  events: string[];
  match: Record<string, object> | null;
  format: string;
  description: string;
  enabled: boolean;
  disabled_reason: string | null;
  disabled_at: string | null;
  failing_since: string | null;
  ordering: string;
  rate_limit: number | null;
  catching_up: boolean;
  previous_secrets_expire_at: string | null;
  created_at: string;
  updated_at: string;
  secret?: string;
}
export interface Refusal {
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
}
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export const create = (app: TestApp, body: object = { url: HOOK }, headers: Record<string, string> = {}) =>
  call<Endpoint & Refusal>('POST', PATH, { key: app.secretKey, body, headers });

export const change = (app: TestApp, id: string, body: unknown) =>
  call<Endpoint & Refusal>('PATCH', `${PATH}/${id}`, { key: app.secretKey, body });

export const readEndpoint = (app: TestApp, id: string) =>
  call<Endpoint & Refusal>('GET', `${PATH}/${id}`, { key: app.secretKey });

/** Puts events and their deliveries in the database, and wakes nobody: the test decides. */
export async function tell(app: TestApp, types: string[], paymentId: string | null = null): Promise<void> {
  const database = openDatabase(env.DB);
  const told = types.map((type) => ({
    key: `${type}:${crypto.randomUUID()}`,
    type,
    appId: app.id,
    appSlug: app.slug,
    mode: app.mode,
    paymentId,
    customerId: null,
    occurredAt: Date.now(),
    payment: null,
    polar: null,
  }));
  await runBatch(database, tellStatements(told, { origin: 'api', polarEventId: null, now: Date.now() }));
}

interface DeliveryColumns {
  id: string;
  type: string;
  status: string;
  sequence: number;
  next_attempt_at: number;
  schedule_step: number;
  lease_token: string | null;
  lease_until: number;
}

/** An endpoint's deliveries as they are stored, in their order. */
export async function readDeliveries(endpointId: string): Promise<DeliveryColumns[]> {
  const { results } = await env.DB.prepare(
    'select d.*, f.type from deliveries as d join events as f on f.id = d.event_id where d.endpoint_id = ? order by d.sequence',
  )
    .bind(endpointId)
    .all<DeliveryColumns>();
  return results;
}

/** Sets columns of an endpoint's row. */
export async function setEndpoint(id: string, columns: Record<string, unknown>): Promise<void> {
  const assignments = Object.keys(columns).map((column) => `${column} = ?`);
  await env.DB.prepare(`update endpoints set ${assignments.join(', ')} where id = ?`)
    .bind(...Object.values(columns), id)
    .run();
}

export async function readRow(id: string): Promise<Record<string, unknown>> {
  const row = await env.DB.prepare('select * from endpoints where id = ?').bind(id).first();
  if (!row) throw new Error(`no endpoint ${id}`);
  return row;
}

/** Calls the gateway with other bindings than the tests' own. */
export async function callWith(
  bindings: Partial<Record<keyof Bindings, unknown>>,
  method: string,
  path: string,
  { key, body }: { key: string; body?: unknown },
): Promise<{ status: number; body: Endpoint & Refusal }> {
  const request = new Request(`${GATEWAY_URL}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await fetchGateway(request, { ...env, ...bindings });
  return { status: response.status, body: await response.json<Endpoint & Refusal>() };
}

/** A queue that keeps what it is given, or fails. */
export function catchingQueue(fails = false): { queue: object; messages: WorkMessage[] } {
  const messages: WorkMessage[] = [];
  const sendBatch = async (batch: Iterable<{ body: WorkMessage }>) => {
    if (fails) throw new Error('the queue is away');
    for (const { body } of batch) messages.push(body);
  };
  return { queue: { sendBatch }, messages };
}
