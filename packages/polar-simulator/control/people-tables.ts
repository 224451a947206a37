/** Products and customers of one organization. */

import { html } from 'hono/html';
import { money } from '../pages/money.ts';
import type { CustomerRow, PriceRow, ProductRow } from '../state.ts';
import type { World } from '../world.ts';
import { type Column, actionButton, badge } from './table.ts';
import { when } from './times.ts';

export function productColumns(world: World, back: string): Column<ProductRow>[] {
  const { prices, benefits } = world.tables;
  return [
    { title: 'Name', cell: (row) => row.name },
    {
      title: 'Price',
      cell: (row) =>
        row.price_ids
          .flatMap((id) => prices.get(id) ?? [])
          .filter((price) => !price.is_archived)
          .map(priceText)
          .join(', '),
    },
    {
      title: 'Billing',
      cell: ({ recurring_interval: interval, recurring_interval_count: count }) => {
        if (!interval) return 'once';
        return count && count > 1 ? `every ${count} ${interval}s` : `every ${interval}`;
      },
    },
    {
      title: 'Benefits',
      cell: (row) => row.benefit_ids.map((id) => benefits.get(id)?.description ?? '').join(', ') || 'none',
    },
    { title: 'Status', cell: (row) => badge(row.is_archived ? 'archived' : 'active') },
    {
      title: '',
      cell: (row) => (row.is_archived ? '' : actionButton('checkout', 'Buy it', { id: row.id, back })),
    },
  ];
}

function priceText(price: PriceRow): string {
  switch (price.amount_type) {
    case 'fixed':
      return price.price_amount === 0 ? 'free' : money(price.price_amount, price.price_currency);
    case 'custom':
      return `pay what you want (${price.price_currency})`;
    case 'seat_based':
      return `per seat (${price.price_currency})`;
    case 'unit_based':
      return `per unit (${price.price_currency})`;
    case 'metered_unit':
      return `by use (${price.price_currency})`;
    default:
      return price satisfies never;
  }
}

export function customerColumns(world: World, back: string): Column<CustomerRow>[] {
  const { orders, grants } = world.tables;
  return [
    {
      title: 'Customer',
      cell: (row) => html`${row.email ?? row.name ?? row.id} ${row.deleted_at ? badge('deleted') : ''}`,
    },
    { title: 'External id', cell: (row) => html`<span class="mono">${row.external_id ?? ''}</span>` },
    { title: 'Since', cell: (row) => when(row.created_at, world.now()) },
    { title: 'Orders', isNumber: true, cell: (row) => orders.by('customer', row.id).length },
    {
      title: 'Grants',
      isNumber: true,
      cell: (row) => grants.by('customer', row.id).filter((grant) => grant.is_granted).length,
    },
    {
      title: 'Card',
      cell: ({ card }) => {
        if (!card) return 'none';
        return card.outcome === 'pays' ? `•••• ${card.last4} pays` : `•••• ${card.last4} is refused`;
      },
    },
    {
      title: '',
      cell: (row) => {
        if (row.deleted_at) return '';
        const next = row.card?.outcome === 'declines' ? 'pays' : 'declines';
        const label = next === 'pays' ? 'Give a card that pays' : 'Give a card that is refused';
        return html`<div class="inline">
          ${actionButton('portal', 'Portal', { id: row.id, back })}
          ${actionButton('card', label, { id: row.id, outcome: next, back })}
        </div>`;
      },
    },
  ];
}
