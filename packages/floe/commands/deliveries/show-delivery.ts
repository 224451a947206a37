import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import type { Column } from '../../terminal/table.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';
import type { Delivery } from './list-deliveries.ts';

type Attempt = Answer<'GET /v1/deliveries/{id}'>['attempt_log'][number];

const COLUMNS: readonly Column<Attempt>[] = [
  { title: 'try', text: ({ attempt }) => attempt, align: 'right', keep: true },
  { title: 'at', text: ({ at }) => second(at), keep: true },
  { title: 'answer', text: ({ status }) => status, align: 'right', keep: true },
  { title: 'took', text: ({ latency_ms }) => `${latency_ms} ms`, align: 'right', keep: true },
  { title: 'went wrong', text: ({ message, error }) => message ?? error },
];

/** Prints one delivery with its attempts. */
export async function showDelivery(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(app);
  const delivery = await call('GET /v1/deliveries/{id}', { params: { id } });
  out.details(delivery, describeDelivery(delivery));
  if (out.isJson || delivery.attempt_log.length === 0) return;
  out.item(undefined, '');
  out.table(delivery.attempt_log, COLUMNS);
}

/** The lines of a delivery. */
export function describeDelivery(delivery: Delivery): Field[] {
  return saying([
    ['delivery', delivery.id],
    ['status', delivery.status],
    ['event', delivery.event_id],
    ['endpoint', delivery.endpoint_id],
    ['next try', second(delivery.next_attempt_at)],
    ['replayed', second(delivery.replayed_at)],
    ['created', second(delivery.created_at)],
    ['over', second(delivery.finished_at)],
  ]);
}
