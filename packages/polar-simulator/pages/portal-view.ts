/** The markup of the customer portal: what was bought, what it gives, and how to end it. */

import { html } from 'hono/html';
import type { Flash } from '../control/flash.ts';
import { badge, listing } from '../control/table.ts';
import { when } from '../control/times.ts';
import type { GrantRow, OrderRow, SubscriptionRow } from '../state.ts';
import { totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { type Html, page } from './layout.ts';
import { money } from './money.ts';

export interface Download {
  benefitId: string;
  name: string;
  url: string;
}

export interface PortalContent {
  seller: string;
  email: string;
  /** Whether this person may see and change what is paid. */
  isBilling: boolean;
  subscriptions: SubscriptionRow[];
  orders: OrderRow[];
  grants: GrantRow[];
  downloads: Download[];
  returnUrl: string | null;
  said: Flash | null;
  /** The address of this page, with the session. */
  path: string;
  page: string | undefined;
}

export function portalPage(world: World, content: PortalContent): Html {
  const { seller, said } = content;
  return page(
    `${seller}: your purchases`,
    html`<main class="shell narrow">
      ${content.returnUrl ? html`<p><a href="${content.returnUrl}">Back to ${seller}</a></p>` : ''}
      ${
        said
          ? html`<p class="${said.kind === 'done' ? 'flash' : 'alert'}" role="status" tabindex="-1" autofocus>
              ${said.text}
            </p>`
          : ''
      }
      <p class="soft">${seller}</p>
      <h1>Your purchases</h1>
      <p>${content.email}</p>
      ${
        content.isBilling
          ? html`<h2>Subscriptions</h2>
              ${content.subscriptions.length === 0 ? html`<p class="panel soft">None.</p>` : ''}
              ${content.subscriptions.map((row) => subscription(world, row))}`
          : ''
      }
      <h2>Benefits</h2>
      ${content.grants.length === 0 ? html`<p class="panel soft">None.</p>` : ''}
      ${content.grants.map((grant) => benefit(world, grant, content.downloads))}
      ${content.isBilling ? orders(world, content) : ''}
    </main>`,
  );
}

const nameOf = (world: World, id: string | null): string => world.tables.products.get(id)?.name ?? 'Order';

function subscription(world: World, row: SubscriptionRow): Html {
  const now = world.now();
  const name = nameOf(world, row.product_id);
  const isLive = row.status === 'active' || row.status === 'trialing';
  const next = row.ended_at
    ? html`Ended ${when(row.ended_at, now)}.`
    : row.cancel_at_period_end
      ? html`Ends ${when(row.current_period_end, now)}.`
      : row.status === 'past_due'
        ? 'The last payment failed. It will be tried again.'
        : html`Renews ${when(row.current_period_end, now)}.`;
  const isEnding = row.cancel_at_period_end;
  return html`<article class="panel">
    <h3>${name} ${badge(row.status)}</h3>
    <p>
      ${money(row.amount, row.currency)} every
      ${row.recurring_interval_count === 1 ? '' : row.recurring_interval_count} ${row.recurring_interval}.
      ${next}
    </p>
    ${
      isLive
        ? html`<form method="post">
            <input type="hidden" name="subscription" value="${row.id}" />
            <button
              class="${isEnding ? 'second' : 'danger'}"
              name="action"
              value="${isEnding ? 'uncancel' : 'cancel'}"
            >
              ${isEnding ? 'Keep it' : 'Cancel'}<span class="hidden">: ${name}</span>
            </button>
          </form>`
        : ''
    }
  </article>`;
}

function benefit(world: World, grant: GrantRow, downloads: readonly Download[]): Html {
  const row = world.tables.benefits.get(grant.benefit_id);
  const keyId = grant.properties['license_key_id'];
  const key = typeof keyId === 'string' ? world.tables.licenseKeys.get(keyId) : undefined;
  return html`<article class="panel">
    <h3>${row?.description ?? 'Benefit'} ${badge(grant.is_granted ? 'granted' : 'waiting')}</h3>
    ${grant.is_granted ? '' : html`<p>It waits until you connect an account.</p>`}
    ${
      key
        ? html`<p>Licence key <code>${key.key}</code></p>
            <p class="hint">
              ${key.limit_activations === null ? 'No activation needed.' : `${key.activations.length} of ${key.limit_activations} activations used.`}
              ${key.expires_at ? html`Expires ${when(key.expires_at, world.now())}.` : ''}
            </p>`
        : ''
    }
    ${
      row?.type === 'downloadables'
        ? html`<ul>
            ${downloads
              .filter(({ benefitId }) => benefitId === row.id)
              .map(({ name, url }) => html`<li><a href="${url}">${name}</a></li>`)}
          </ul>`
        : ''
    }
  </article>`;
}

function orders(world: World, content: PortalContent): Html {
  return html`<h2>Orders</h2>
    ${listing({
      caption: 'Your orders',
      rows: content.orders,
      empty: 'None.',
      page: content.page,
      path: content.path,
      columns: [
        { title: 'Product', cell: (row) => nameOf(world, row.product_id) },
        { title: 'Bought', cell: (row) => when(row.created_at, world.now()) },
        { title: 'Total', isNumber: true, cell: (row) => money(totalAmount(row), row.currency) },
        { title: 'Status', cell: (row) => badge(row.status) },
        {
          title: 'Documents',
          cell: (row) =>
            html`<span class="inline">
              ${row.invoice_number ? html`<a href="/documents/${row.id}/invoice">Invoice<span class="hidden"> ${row.invoice_number}</span></a>` : ''}
              ${row.receipt_number ? html`<a href="/documents/${row.id}/receipt">Receipt<span class="hidden"> ${row.receipt_number}</span></a>` : ''}
            </span>`,
        },
      ],
    })}`;
}

export function sessionOverPage(): Html {
  return page(
    'Session expired',
    html`<main class="card">
      <h1>This session has expired</h1>
      <p>Open the portal again from the seller’s site.</p>
    </main>`,
  );
}
