import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { money } from '../../words/money.rules.ts';
import { count, productName } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { day, second } from '../../words/times.rules.ts';

export type Customer = Answer<'GET /v1/customers/{id}'>;
export type ListedCustomer = Answer<'GET /v1/customers'>['data'][number];

/** The lines of a customer: those that say something. */
export function describeCustomer(customer: Customer): Field[] {
  const { id, customer_ids: ids, external_ids: externalIds, spent } = customer;
  return saying([
    ['customer', id],
    ['at Polar', ids.filter((each) => each !== id)],
    ['your ids', externalIds.filter((each) => id !== `external:${each}`)],
    ['email', customer.email],
    ['name', customer.name],
    ['since', second(customer.created_at)],
    ['deleted', second(customer.deleted_at)],
    ['spent', spent.map(spentLine)],
    [
      'subscriptions',
      customer.subscriptions.map((each) => `${each.id} ${each.status}, ${productName(each.product)}`),
    ],
    [
      'may use',
      customer.entitlements.map(({ resource, expires_at: end }) =>
        end === null ? resource : `${resource} until ${second(end)}`,
      ),
    ],
    [
      'payments',
      customer.payments.map((each) =>
        [each.id, day(each.created_at), each.status, money(each.amount, each.currency)]
          .filter((word) => word !== null)
          .join(' '),
      ),
    ],
  ]);
}

function spentLine(spent: Customer['spent'][number]): string {
  const back = spent.refunded_amount + spent.refunded_tax_amount;
  const paid = `${money(spent.amount, spent.currency)} in ${count(spent.payments, 'payment')}`;
  return back === 0 ? paid : `${paid}, of which ${money(back, spent.currency)} went back`;
}
