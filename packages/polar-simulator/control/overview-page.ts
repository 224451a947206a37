/** The first control page: which organizations there are, and a new one. */

import { html } from 'hono/html';
import type { Html } from '../pages/layout.ts';
import { field } from '../pages/fields.ts';
import type { OrganizationRow } from '../state.ts';
import type { World } from '../world.ts';
import { accessTokenOf } from './api.ts';
import { hiddenFields, listing } from './table.ts';

export function overview(world: World, page: string | undefined): Html {
  const { products, customers, orders, subscriptions } = world.tables;
  const count = (table: { by(index: 'organization', key: string): unknown[] }) => (row: OrganizationRow) =>
    table.by('organization', row.id).length;
  return html`<p class="soft">
      Everything that happens around Polar: time, cards, banks, webhooks, bad networks. Choose an
      organization.
    </p>
    ${listing({
      caption: 'Organizations',
      path: '/_sim',
      page,
      empty: 'There is no organization yet. Make one below.',
      rows: [...world.tables.organizations.all()].toReversed(),
      columns: [
        { title: 'Name', cell: (row) => html`<a href="/_sim/o/${row.slug}/orders">${row.name}</a>` },
        { title: 'Environment', cell: (row) => row.environment },
        { title: 'Products', isNumber: true, cell: count(products) },
        { title: 'Customers', isNumber: true, cell: count(customers) },
        { title: 'Orders', isNumber: true, cell: count(orders) },
        { title: 'Subscriptions', isNumber: true, cell: count(subscriptions) },
        {
          title: 'Access token',
          cell: (row) =>
            html`<details>
              <summary>Show<span class="hidden"> the access token of ${row.name}</span></summary>
              <code>${accessTokenOf(world, row.id)}</code>
            </details>`,
        },
      ],
    })}
    <section class="panel">
      <h2>New organization</h2>
      <form method="post" action="/_sim/do/organization">
        ${hiddenFields({ back: '/_sim' })}
        <div class="row">
          <div>
            ${field('slug', 'Slug', {
              value: '',
              errors: {},
              attributes: { required: '', autocomplete: 'off', pattern: '[a-z0-9\\-]{2,}' },
              hint: 'Lower case letters, digits and hyphens.',
            })}
          </div>
          <div>${field('name', 'Name', { value: '', errors: {}, attributes: { autocomplete: 'off' } })}</div>
        </div>
        <p><button type="submit">Make it</button></p>
      </form>
    </section>`;
}

/** How to use an organization from a program. */
export function organizationHelp(world: World, organization: OrganizationRow): Html {
  const token = accessTokenOf(world, organization.id);
  return html`<details class="panel">
    <summary>Use it from a program</summary>
    <p>Base URL <code>${world.publicUrl}</code>, access token <code>${token}</code></p>
    <pre><code>curl ${world.publicUrl}/v1/products/ -H 'Authorization: Bearer ${token}'</code></pre>
  </details>`;
}
