import { Hono } from 'hono';
import { html } from 'hono/html';
import type { EventStore, ReceivedEvent } from './events.ts';
import { type Html, layout } from './layout.ts';
import { SHELVES, TENANT_NAMES, type TenantName } from './tenants.ts';

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });
/** What is told when the seller changes the catalogue: the local stack does so when it starts. */
const CATALOGUE = /^(polar\.)?(product|benefit|organization)\./;

/** What the backends of both tenants were told, for everybody to see: this is a demo. */
export function eventRoutes(events: EventStore): Hono {
  const routes = new Hono();
  routes.get('/events', (c) =>
    c.html(
      layout({
        title: 'What the shop heard · Quay',
        current: '/events',
        script: '/assets/live.js',
        body: html`<main id="main" class="page wide">
          <h1>What the shop heard</h1>
          <p class="lead">
            The gateway tells each product’s backend what happened. These messages have arrived here, and
            their signatures were checked with the <code>standardwebhooks</code> package. Open one to see its
            payload.
          </p>
          <p class="hidden" role="status" data-news></p>
          <div data-live="/events/lists">${lists(events)}</div>
        </main>`,
      }),
    ),
  );
  /** The same as data, for curl. */
  routes.get('/events.json', (c) =>
    c.json(Object.fromEntries(TENANT_NAMES.map((tenant) => [tenant, events.of(tenant)]))),
  );
  /** The lists alone; the page asks for them again and again. */
  routes.get('/events/lists', (c) => c.html(lists(events)));
  return routes;
}

function lists(events: EventStore): Html {
  return html`${TENANT_NAMES.map((tenant) => list(tenant, events.of(tenant)))}`;
}

function list(tenant: TenantName, all: readonly ReceivedEvent[]): Html {
  const { title } = SHELVES[tenant];
  const catalogue = all.filter(({ type }) => CATALOGUE.test(type));
  const sales = all.filter((event) => !catalogue.includes(event));
  return html`<section class="told" aria-labelledby="events-${tenant}" data-tenant="${tenant}">
    <h2 id="events-${tenant}">${title}</h2>
    ${
      sales.length === 0
        ? html`<p class="soft">Nothing was sold yet. <a href="/">Buy something</a> and come back.</p>`
        : html`<ol class="events">
            ${sales.map(item)}
          </ol>`
    }
    ${
      catalogue.length === 0
        ? ''
        : html`<details class="catalogue" id="catalogue-${tenant}">
            <summary>
              ${catalogue.length} about the catalogue
              <span class="soft">(the products were set up)</span>
            </summary>
            <ol class="events">
              ${catalogue.map(item)}
            </ol>
          </details>`
    }
  </section>`;
}

function item(event: ReceivedEvent): Html {
  const { id, tenant, type, sequence, timestamp, paymentId, payload } = event;
  return html`<li data-type="${type}">
    <details id="${tenant}-${id}">
      <summary>
        <code class="type">${type}</code>
        <span class="badge good">verified</span>
        <time class="soft" datetime="${timestamp}">${TIME.format(new Date(timestamp))} UTC</time>
        ${paymentId === null ? '' : html`<code class="soft">${paymentId}</code>`}
      </summary>
      <p class="soft">
        ${sequence === null ? '' : html`Message ${sequence} of this app.`} <code>webhook-id: ${id}</code>
      </p>
      <pre><code>${payload === undefined ? 'Received before payloads were kept.' : JSON.stringify(payload, null, 2)}</code></pre>
    </details>
  </li>`;
}
