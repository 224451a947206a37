import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type CheckoutLink = Answer<'GET /v1/checkout-links/{id}'>;

/** The lines of a checkout link; what it sells by the names that the API has. */
export function describeLink(link: CheckoutLink): Field[] {
  return saying([
    ['link', link.id],
    ['label', link.label],
    ...Object.entries(link.settings).map(([name, value]) => [name, shown(value)] as const),
    ['followed', link.opened === 1 ? 'once' : `${link.opened} times`],
    ['last', second(link.last_opened_at)],
    ['created', second(link.created_at)],
    ['changed', link.updated_at === link.created_at ? null : second(link.updated_at)],
    ['address', link.url],
  ]);
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
