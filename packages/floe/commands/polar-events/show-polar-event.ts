import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';
import type { PolarEvent } from './list-polar-events.ts';

/** Prints one Polar event with its body. */
export async function showPolarEvent(context: Context, id: string): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asOperator();
  const event = await call('GET /admin/polar-events/{id}', { params: { id } });
  out.details(event, describePolarEvent(event));
  if (!out.isJson && event.body !== null) out.item(undefined, `\n${JSON.stringify(event.body, null, 2)}`);
}

/** The lines of a Polar event, without its body. */
export function describePolarEvent(event: PolarEvent): Field[] {
  return saying([
    ['Polar event', event.id],
    ['status', event.status],
    ['went wrong', event.error],
    ['waits for', event.waits_for],
    ['type', event.type],
    ['mode', event.mode],
    ['app', event.app],
    ['webhook-id', event.webhook_id],
    ['applied', event.attempts === 1 ? 'once' : `${event.attempts} times`],
    ['body', event.body_kept ? null : 'deleted'],
    ['happened', second(event.occurred_at)],
    ['received', second(event.received_at)],
  ]);
}
