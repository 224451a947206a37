import { html } from 'hono/html';
import { type Html, page } from '../http/page.ts';

/** A site that sells through a local gateway. */
export interface LocalSite {
  origin: string;
  /** The apps that it is registered for. */
  apps: readonly string[];
}

/** What this address is, and where to go on. `local`: the gateway runs on a developer's machine, with these sites. */
export function homePage(local: readonly LocalSite[] | undefined): Html {
  return page(
    'Floe gateway',
    html`<p class="kicker">Floe</p>
      <h1>This is a gateway that sells with Polar</h1>
      <p>
        Sites and their backends start payments here, hear what became of them, and ask who may use what.
        There is nothing to buy at this address itself.
      </p>
      ${local === undefined ? '' : onThisMachine(local)}
      <h2>For developers and operators</h2>
      <ul class="links">
        ${link('/docs/', 'Documentation', 'Every address, with requests and answers')}
        ${link('/openapi.json', 'OpenAPI document', 'The same for programs')}
        ${link('/health', 'Health', 'Which parts are ready, and what each lacks')}
      </ul>`,
  );
}

function onThisMachine(sites: readonly LocalSite[]): Html {
  return html`<h2>On this machine</h2>
    <ul class="links">
      ${link('/live', 'Live page', 'The shop, and each step of a purchase as it happens')}
      ${sites.map(({ origin, apps }) => link(origin, origin, `A site of ${apps.join(' and ')}`))}
    </ul>`;
}

const link = (href: string, text: string, about: string): Html =>
  html`<li><a href="${href}">${text}</a><span>${about}</span></li>`;

/** What operators do, and the route that does it. */
const DUTIES = [
  ['Apps and their keys', 'GET /admin/apps'],
  ['Who owns which product', 'GET /admin/products'],
  ['What Polar has sent', 'GET /admin/polar-events'],
  ['Endpoints that fail', 'GET /admin/webhook-endpoints?state=failing'],
  ['Compare with Polar', 'POST /admin/reconcile'],
] as const;

/** There is none yet: this says so, and what does its work until then. `url`: the gateway's own. */
export function consolePage(url: string): Html {
  return page(
    'No console yet',
    html`<p class="kicker">Floe</p>
      <h1>This gateway has no console yet</h1>
      <p>
        Everything that an operator does is a route beneath <code>/admin</code>, called with the operator’s
        token:
      </p>
      <ul class="links">
        ${DUTIES.map(
          ([duty, route]) =>
            html`<li>
              ${duty}<span><code>${route}</code></span>
            </li>`,
        )}
      </ul>
      <p>In the shell of the gateway’s owner, who has the token:</p>
      <pre><code>curl ${url}/admin/apps -H "authorization: Bearer $FLOE_ADMIN_TOKEN"</code></pre>
      <p><a class="button" href="/docs/">Read the documentation</a></p>`,
  );
}
