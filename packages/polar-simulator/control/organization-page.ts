/** One organization: its products, customers, orders, subscriptions, checkouts, webhook endpoints and events. */

import { html } from 'hono/html';
import type { FormState } from '../pages/fields.ts';
import type { Html } from '../pages/layout.ts';
import type { OrganizationRow } from '../state.ts';
import type { World } from '../world.ts';
import { organizationHelp } from './overview-page.ts';
import { customerColumns, productColumns } from './people-tables.ts';
import { productForm } from './product-form.ts';
import { checkoutColumns, orderColumns, subscriptionColumns } from './sales-tables.ts';
import { type Column, listing } from './table.ts';
import { endpointColumns, eventColumns, newEndpoint } from './webhook-tables.ts';

const TABS: Record<string, string> = {
  orders: 'Orders',
  subscriptions: 'Subscriptions',
  customers: 'Customers',
  products: 'Products',
  checkouts: 'Checkouts',
  webhooks: 'Webhooks',
  deliveries: 'Deliveries',
};

/** Null when there is no such tab. */
export function organizationPage(
  world: World,
  organization: OrganizationRow,
  tab: string,
  page: string | undefined,
  form: FormState = { errors: {}, values: {} },
): Html | null {
  const title = TABS[tab];
  if (title === undefined) return null;
  const base = `/_sim/o/${organization.slug}`;
  return html`<nav class="tabs" aria-label="${organization.name}">
      ${Object.entries(TABS).map(
        ([name, label]) =>
          html`<a href="${base}/${name}" ${name === tab ? 'aria-current=page' : ''}>${label}</a>`,
      )}
    </nav>
    <h2>${title}</h2>
    ${content(world, organization, tab, { path: `${base}/${tab}`, page, form })}
    ${organizationHelp(world, organization)}`;
}

function content(
  world: World,
  organization: OrganizationRow,
  tab: string,
  { form, ...place }: { path: string; page: string | undefined; form: FormState },
): Html {
  const { orders, subscriptions, customers, products, checkouts, endpoints, events } = world.tables;
  const { id, name } = organization;
  const { path } = place;
  const list = <Row>(
    table: { by(index: 'organization', key: string): Row[] },
    columns: Column<Row>[],
    empty: string,
  ) => {
    const rows = table.by('organization', id).toReversed();
    return listing({ caption: `${TABS[tab]} of ${name}`, columns, rows, empty, ...place });
  };
  switch (tab) {
    case 'subscriptions':
      return list(subscriptions, subscriptionColumns(world, path), 'Nobody has subscribed yet.');
    case 'customers':
      return list(customers, customerColumns(world, path), 'There are no customers yet.');
    case 'products':
      return html`${list(products, productColumns(world, path), 'There are no products yet. Make one below.')}
      ${productForm(world, organization, form)}`;
    case 'checkouts':
      return list(checkouts, checkoutColumns(world, path), 'No checkout was opened yet.');
    case 'webhooks':
      return html`${list(endpoints, endpointColumns(world, path), 'No endpoint listens yet.')}
      ${newEndpoint(organization, path)}`;
    case 'deliveries':
      return list(
        events,
        eventColumns(world, path),
        'No event was sent yet. Events begin with the first endpoint.',
      );
    default:
      return list(
        orders,
        orderColumns(world, path),
        'Nothing was bought yet. Open a product’s checkout from “Products”.',
      );
  }
}
