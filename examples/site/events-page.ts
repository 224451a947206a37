import { Hono } from 'hono';
import { html } from 'hono/html';
import type { EventStore, ReceivedEvent } from './events.ts';
import { type Html, layout } from './layout.ts';
import { SHELVES, TENANT_NAMES, type TenantName } from './tenants.ts';

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

/** What the backends of both tenants were told, for everybody to see: this is a demo. */
export function eventRoutes(events: EventStore): Hono {
  const routes = new Hono();
  routes.get('/events', (c) =>
    c.html(
      layout({
        title: 'What the shop heard · Quay',
        current: '/events',
        script: '/assets/events.js',
        body: html`<main id="main" class="page wide">
          <h1>What the shop heard</h1>
          <p class="lead">
            The gateway tells each product’s backend what happened. These messages have arrived here, and
            their signatures were checked with the <code>standardwebhooks</code> package.
          </p>
          <div data-events aria-live="polite">${tables(events)}</div>
        </main>`,
      }),
    ),
  );
  /** The same as data, for curl. */
  routes.get('/events.json', (c) =>
    c.json(Object.fromEntries(TENANT_NAMES.map((tenant) => [tenant, events.of(tenant)]))),
  );
  /** The tables alone; the page asks for them again and again. */
  routes.get('/events/tables', (c) => c.html(tables(events)));
  return routes;
}

function tables(events: EventStore): Html {
  return html`${TENANT_NAMES.map((tenant) => table(tenant, events.of(tenant)))}`;
}

function table(tenant: TenantName, events: readonly ReceivedEvent[]): Html {
  const { title } = SHELVES[tenant];
  return html`<section aria-labelledby="events-${tenant}" data-tenant="${tenant}">
    <h2 id="events-${tenant}">${title}</h2>
    ${
      events.length === 0
        ? html`<p class="soft">
            Nothing yet. <a href="${SHELVES[tenant].path}">Buy something</a> and come back.
          </p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-labelledby="events-${tenant}">
            <table>
              <thead>
                <tr>
                  <th scope="col" class="number">No.</th>
                  <th scope="col">Type</th>
                  <th scope="col">Signature</th>
                  <th scope="col">Time (UTC)</th>
                  <th scope="col">Payment</th>
                </tr>
              </thead>
              <tbody>
                ${events.map(row)}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

function row(event: ReceivedEvent): Html {
  return html`<tr>
    <td class="number">${event.sequence ?? ''}</td>
    <td><code>${event.type}</code></td>
    <td><span class="badge good">verified</span></td>
    <td><time datetime="${event.timestamp}">${TIME.format(new Date(event.timestamp))}</time></td>
    <td>${event.paymentId === null ? '' : html`<code>${event.paymentId}</code>`}</td>
  </tr>`;
}
