import type { Context } from '../../context.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { openGateway } from '../../gateway/client.ts';
import { count } from '../../words/names.rules.ts';

export const KINDS = ['order', 'subscription'] as const;
type Kind = (typeof KINDS)[number];

/** Gives a purchase to an app, after a question. */
export async function adoptPurchase(context: Context, kind: Kind, id: string, app: string): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context, PATIENCE)).asOperator();
  await out.confirm(
    `Give the ${kind} ${id} to ${app}, with its orders, refunds and grants? The app is told of all of it, and it stays there.`,
  );
  const adopted = await call('POST /admin/unrouted/{kind}/{id}/adopt', {
    params: { kind, id },
    body: { app },
  });
  const { remaining } = adopted;
  out.result(
    adopted,
    `The ${kind} is ${app}’s${adopted.payment_id === null ? '' : `, as ${adopted.payment_id}`}.${remaining === 0 ? '' : ` ${count(remaining, 'thing')} of it will be read within minutes.`}`,
  );
}

/** Hides a purchase from the list. */
export async function dismissPurchase(context: Context, kind: Kind, id: string): Promise<void> {
  const call = (await openGateway(context)).asOperator();
  await call('DELETE /admin/unrouted/{kind}/{id}', { params: { kind, id } });
  context.out.result({ kind, id, dismissed: true }, `The ${kind} ${id} is hidden. It can still be adopted.`);
}
