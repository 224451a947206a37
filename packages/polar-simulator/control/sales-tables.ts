/** Orders, subscriptions and checkouts of one organization, with what can happen to them. */

import { canPeriodEnd } from '../life/renewals.ts';
import { html } from 'hono/html';
import type { Html } from '../pages/layout.ts';
import { asTyped, money } from '../pages/money.ts';
import type { CheckoutRow, OrderRow, SubscriptionRow } from '../state.ts';
import { dueAmount, isPaid, refundableAmount, totalAmount } from '../wire/order.ts';
import { checkoutUrl } from '../wire/checkout.ts';
import type { World } from '../world.ts';
import { type Column, actionButton, actions, badge, hiddenFields } from './table.ts';
import { when } from './times.ts';

export function orderColumns(world: World, back: string): Column<OrderRow>[] {
  return [
    { title: 'Made', cell: (row) => when(row.created_at, world.now()) },
    {
      title: 'Invoice',
      cell: (row) => html`<span class="mono nowrap">${row.invoice_number ?? 'draft'}</span>`,
    },
    { title: 'Customer', cell: (row) => customerName(world, row.customer_id) },
    { title: 'Product', cell: (row) => productName(world, row.product_id) },
    { title: 'Total', isNumber: true, cell: (row) => money(totalAmount(row), row.currency) },
    {
      title: 'Status',
      cell: (row) => html`${badge(row.status)} ${row.dispute_open ? badge('disputed') : ''}`,
    },
    { title: '', cell: (row) => orderActions(world, row, back) },
  ];
}

function orderActions(world: World, row: OrderRow, back: string): Html | '' {
  const fields = { id: row.id, back };
  const disputes = world.tables.disputes.by('order', row.id);
  const open = disputes.find((dispute) => !dispute.closed);
  const pending = world.tables.refunds.by('order', row.id).filter((refund) => refund.status === 'pending');
  const canRefund = isPaid(row) && refundableAmount(row) > 0 && dueAmount(row) > 0 && !row.dispute_open;
  const canDispute = isPaid(row) && dueAmount(row) > 0 && disputes.length === 0;
  return actions(
    row.invoice_number ?? 'this order',
    canRefund ? refundForm(row, back) : '',
    ...pending.flatMap((refund) => [
      actionButton('settle-refund', 'The pending refund arrives', {
        id: refund.id,
        outcome: 'succeeded',
        back,
      }),
      actionButton(
        'settle-refund',
        'The pending refund fails',
        { id: refund.id, outcome: 'failed', back },
        'danger',
      ),
    ]),
    row.status === 'pending' && row.subscription_id
      ? actionButton('retry', 'Try the payment again', fields)
      : '',
    canDispute ? actionButton('dispute', 'The buyer disputes it', fields, 'danger') : '',
    canDispute ? actionButton('prevent-dispute', 'Refund on early warning', fields, 'danger') : '',
    open ? actionButton('resolve-dispute', 'Dispute won', { id: open.id, outcome: 'won', back }) : '',
    open
      ? actionButton('resolve-dispute', 'Dispute lost', { id: open.id, outcome: 'lost', back }, 'danger')
      : '',
    row.invoice_number ? html`<a href="/documents/${row.id}/invoice">Invoice</a>` : '',
    row.receipt_number ? html`<a href="/documents/${row.id}/receipt">Receipt</a>` : '',
  );
}

function refundForm(row: OrderRow, back: string): Html {
  const most = asTyped(refundableAmount(row), row.currency);
  return html`<form method="post" action="/_sim/do/refund">
    ${hiddenFields({ id: row.id, back })}
    <label for="refund-${row.id}"
      >Refund, up to ${money(refundableAmount(row), row.currency)} before tax</label
    >
    <input id="refund-${row.id}" name="amount" inputmode="decimal" value="${most}" autocomplete="off" />
    ${
      row.subscription_id
        ? ''
        : html`<label class="check"
            ><input type="checkbox" name="revoke" value="yes" checked /> and revoke the benefits</label
          >`
    }
    <label class="check"><input type="checkbox" name="pending" value="yes" /> the bank takes its time</label>
    <p><button class="danger" type="submit">Refund</button></p>
  </form>`;
}

export function subscriptionColumns(world: World, back: string): Column<SubscriptionRow>[] {
  return [
    { title: 'Customer', cell: (row) => customerName(world, row.customer_id) },
    { title: 'Product', cell: (row) => productName(world, row.product_id) },
    { title: 'Started', cell: (row) => when(row.started_at, world.now()) },
    {
      title: 'Period ends',
      cell: (row) => (row.ended_at ? 'ended' : when(row.current_period_end, world.now())),
    },
    { title: 'Amount', isNumber: true, cell: (row) => money(row.amount, row.currency) },
    {
      title: 'Status',
      cell: (row) =>
        html`${badge(row.status)} ${row.cancel_at_period_end && !row.ended_at ? badge('ending') : ''}
        ${row.fail_next_payment ? html`<span class="badge warn">next payment fails</span>` : ''}`,
    },
    { title: '', cell: (row) => subscriptionActions(world, row, back) },
  ];
}

function subscriptionActions(world: World, row: SubscriptionRow, back: string): Html | '' {
  const fields = { id: row.id, back };
  const isRunning = row.status === 'active' || row.status === 'trialing';
  const canEnd = isRunning || row.status === 'past_due' || row.status === 'paused';
  const button = (what: string, label: string) => actionButton(what, label, fields);
  return actions(
    `the subscription of ${world.tables.customers.get(row.customer_id)?.email ?? 'a customer'}`,
    canPeriodEnd(row) ? button('renew', endLabel(row)) : '',
    isRunning && !row.fail_next_payment ? button('fail-next-payment', 'Fail the next payment') : '',
    isRunning && !row.cancel_at_period_end ? button('cancel', 'Cancel at the period’s end') : '',
    isRunning && row.cancel_at_period_end ? button('uncancel', 'Do not cancel after all') : '',
    row.status === 'paused' ? button('resume', 'Resume') : '',
    canEnd ? actionButton('revoke', 'Revoke now', fields, 'danger') : '',
  );
}

/** What the end of the period brings. */
function endLabel(row: SubscriptionRow): string {
  if (row.cancel_at_period_end) return 'End it now';
  return row.pause_at_period_end ? 'Pause it now' : 'Renew now';
}

export function checkoutColumns(world: World, back: string): Column<CheckoutRow>[] {
  return [
    { title: 'Made', cell: (row) => when(row.created_at, world.now()) },
    { title: 'Product', cell: (row) => productName(world, row.product_id) },
    { title: 'Customer', cell: (row) => row.customer_email ?? '' },
    { title: 'Total', isNumber: true, cell: (row) => money(row.total_amount, row.currency) },
    { title: 'Status', cell: (row) => badge(row.status) },
    {
      title: '',
      cell: (row) =>
        row.status === 'open'
          ? html`<a href="${checkoutUrl(world, row)}">Open it<span class="hidden">: ${row.id}</span></a>`
          : row.status === 'confirmed'
            ? actions(
                `the checkout of ${row.customer_email}`,
                actionButton('settle', 'The payment succeeds', { id: row.id, outcome: 'succeeded', back }),
                actionButton(
                  'settle',
                  'The payment fails',
                  { id: row.id, outcome: 'failed', back },
                  'danger',
                ),
              )
            : '',
    },
  ];
}

const customerName = (world: World, id: string | null): string => {
  const customer = world.tables.customers.get(id);
  return customer?.email ?? customer?.name ?? '';
};

const productName = (world: World, id: string | null): string => world.tables.products.get(id)?.name ?? '';
