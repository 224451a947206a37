import { codeBlock } from './highlight.ts';
import { html, withCode } from './html.ts';
import type { Group } from './operations.ts';
import type { DocPage } from './site.ts';

/** What a shell of a developer needs once, so that samples run as they are printed. Run in the folder of Floe. */
export const VALUES = `dev() { node -p "JSON.parse(require('fs').readFileSync('.floe/dev.json'))$1"; }
export FLOE_URL=$(dev .gateway_url)
export FLOE_SECRET_KEY=$(dev '.apps[0].secret_key')
export FLOE_PUBLISHABLE_KEY=$(dev '.apps[0].publishable_key')
export FLOE_ADMIN_TOKEN=$(dev .admin_token)`;

/** A session of a customer whom the app vouches for: of one that has bought something as \`user-1\`. */
export const SESSION = `export FLOE_SESSION=$(curl -s "$FLOE_URL/v1/sessions" \\
  -H "Authorization: Bearer $FLOE_SECRET_KEY" -H 'Content-Type: application/json' \\
  -d '{"external_id": "user-1"}' | node -p "JSON.parse(require('fs').readFileSync(0)).session")`;

/** Where a newcomer begins. */
export async function startPage(groups: readonly Group[], guides: readonly DocPage[]): Promise<DocPage> {
  return {
    url: '/docs/',
    title: 'Start',
    description: 'Where to begin with Floe: sell, hear, ask, and the whole reference.',
    body: html`<h1>Floe documentation</h1>
      <p class="lead">
        Floe stands between Polar and your products. It sells, remembers who paid, answers “may this customer
        use this?”, and tells your backend what happens.
      </p>
      <h2 id="begin">Where to begin</h2>
      <ul class="cards">
        ${card('/docs/readme', 'Try it in five minutes', 'One command runs the gateway, a simulated Polar and a demo shop. No account is needed.')}
        ${card('/docs/kit', 'Gate a page of your own', 'The kit decides who may read, and handles buyers who come back from checkout.')}
        ${card('/docs/api/payments', 'Sell from your backend', 'Create a payment, send the buyer to checkout, and hear how it ended.')}
        ${card('/docs/forwarding', 'Receive events', 'Signed messages to your backend, sent again until they have arrived.')}
        ${card('/docs/guides/first-deployment', 'Deploy', 'One command: from nothing to a gateway at Cloudflare that sells.')}
      </ul>
      ${
        guides.length === 0
          ? ''
          : html`<p>From an empty folder to a page that sells, step by step:</p>
              <ul>
                ${guides.map(({ url, title }) => html`<li><a href="${url}">${title}</a></li>`)}
              </ul>`
      }
      <h2 id="calls">How a call looks</h2>
      <p>
        Send JSON, with a key in the <code>Authorization</code> header. Lists are
        <code>{"data": […], "next_cursor": …}</code>: give <code>next_cursor</code> as
        <code>cursor</code> until it is null. Amounts are whole numbers of minor units beside a currency.
        Times are ISO 8601 in UTC. An error is a problem with a stable <code>code</code>: see
        <a href="/docs/errors">errors</a>.
      </p>
      <dl class="keys">
        <dt>Secret key <code>floe_sk_…</code></dt>
        <dd>
          For servers. It may do all that an app may do, or what its
          <a href="/docs/keys#scopes">scopes</a> say.
        </dd>
        <dt>Publishable key <code>floe_pk_…</code></dt>
        <dd>For pages. It starts checkouts and reads the product list.</dd>
        <dt>Session <code>floe_st_…</code></dt>
        <dd>Of one visitor. It asks for access, and ends itself.</dd>
        <dt>Operator’s token</dt>
        <dd>Of whoever runs the gateway: apps, keys, and what Polar has sent.</dd>
      </dl>
      <p>
        <code>Idempotency-Key</code>, a text of your own, makes a POST happen once however often it is sent.
        The kit’s client sends one by itself.
      </p>
      <h2 id="values">Set your keys once</h2>
      <p>
        Samples read addresses and keys from variables. While <code>npm start</code> runs, set them in Floe’s
        folder:
      </p>
      ${await codeBlock(VALUES, 'sh')}
      <p>
        On the machine where <code>npm start</code> runs, samples on these pages have the address and the
        app’s keys filled in already. The operator’s token is not: it is in <code>.floe/dev.json</code>, and
        the line above sets it.
      </p>
      <p>A session is made for a customer. After a purchase with <code>"external_id": "user-1"</code>:</p>
      ${await codeBlock(SESSION, 'sh')}
      <p>
        For a deployed gateway, <code>FLOE_URL</code> is its address, and the operator makes keys with
        <a href="/docs/cli#apps-keys-products"><code>floe keys create</code></a> or
        <code>POST /admin/apps/{app}/keys</code>.
      </p>
      <h2 id="reference">The reference</h2>
      <p>
        The <a href="/openapi.json">OpenAPI document</a> is the same for programs. TypeScript samples use
        <a href="/docs/kit#the-api">the kit’s client</a>, Python and Go samples the standard library.
      </p>
      <ul class="index">
        ${groups.map(({ slug, name, description }) => html`<li><a href="/docs/api/${slug}">${name}</a> <span class="where">${withCode(description)}</span></li>`)}
        <li>
          <a href="/docs/events">Events</a>
          <span class="where">Every type, when it is told, and a sample.</span>
        </li>
        <li>
          <a href="/docs/errors">Errors</a> <span class="where">Every code, its cause and what to do.</span>
        </li>
      </ul>`,
    headings: [
      { id: 'begin', title: 'Where to begin', depth: 2 },
      { id: 'calls', title: 'How a call looks', depth: 2 },
      { id: 'values', title: 'Set your keys once', depth: 2 },
      { id: 'reference', title: 'The reference', depth: 2 },
    ],
    entries: [
      {
        title: 'Set your keys once',
        page: 'Start',
        url: '/docs/#values',
        text: 'FLOE_URL FLOE_SECRET_KEY variables keys dev.json',
      },
      {
        title: 'How a call looks',
        page: 'Start',
        url: '/docs/#calls',
        text: 'authorization bearer pagination cursor amounts times idempotency key',
      },
    ],
    isReference: false,
  };
}

function card(url: string, title: string, text: string) {
  return html`<li>
    <a href="${url}">${title}</a>
    <p>${text}</p>
  </li>`;
}
