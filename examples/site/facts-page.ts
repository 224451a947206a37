import { Hono } from 'hono';
import { html } from 'hono/html';
import type { FactStore, ReceivedFact } from './facts.ts';
import { type Html, layout } from './layout.ts';
import { SHELVES, TENANT_NAMES, type TenantName } from './tenants.ts';

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

/** What the backends of both tenants were told, for everybody to see: this is a demo. */
export function factRoutes(facts: FactStore): Hono {
  const routes = new Hono();
  routes.get('/facts', (c) =>
    c.html(
      layout({
        title: 'What the shop heard · Quay',
        current: '/facts',
        script: '/assets/facts.js',
        body: html`<main id="main" class="page wide">
          <h1>What the shop heard</h1>
          <p class="lead">
            The gateway tells each product’s backend what happened. These messages have arrived here, and
            their signatures were checked with the <code>standardwebhooks</code> package.
          </p>
          <div data-facts aria-live="polite">${tables(facts)}</div>
        </main>`,
      }),
    ),
  );
  /** The same as data, for curl. */
  routes.get('/facts.json', (c) =>
    c.json(Object.fromEntries(TENANT_NAMES.map((tenant) => [tenant, facts.of(tenant)]))),
  );
  /** The tables alone; the page asks for them again and again. */
  routes.get('/facts/tables', (c) => c.html(tables(facts)));
  return routes;
}

function tables(facts: FactStore): Html {
  return html`${TENANT_NAMES.map((tenant) => table(tenant, facts.of(tenant)))}`;
}

function table(tenant: TenantName, facts: readonly ReceivedFact[]): Html {
  const { title } = SHELVES[tenant];
  return html`<section aria-labelledby="facts-${tenant}" data-tenant="${tenant}">
    <h2 id="facts-${tenant}">${title}</h2>
    ${
      facts.length === 0
        ? html`<p class="soft">
            Nothing yet. <a href="${SHELVES[tenant].path}">Buy something</a> and come back.
          </p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-labelledby="facts-${tenant}">
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
                ${facts.map(row)}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

function row(fact: ReceivedFact): Html {
  return html`<tr>
    <td class="number">${fact.sequence ?? ''}</td>
    <td><code>${fact.type}</code></td>
    <td><span class="badge good">verified</span></td>
    <td><time datetime="${fact.timestamp}">${TIME.format(new Date(fact.timestamp))}</time></td>
    <td>${fact.paymentId === null ? '' : html`<code>${fact.paymentId}</code>`}</td>
  </tr>`;
}
