/** What somebody sees who opens the simulator's address: what this is, and where to go on. */

import { Hono } from 'hono';
import { html } from 'hono/html';
import type { SimulatorEnv } from '../http/app.ts';
import type { World } from '../world.ts';
import { page } from './layout.ts';

export function indexPage(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  const url = world.publicUrl;
  routes.get('/', (context) =>
    context.html(
      page(
        'Simulated Polar',
        html`<main class="card">
          <h1>Simulated Polar</h1>
          <p>
            This behaves like Polar, the payment service: its API of 2026-10, its webhooks, its checkout and
            its customer portal. No account, no card and no tunnel are needed, and no money moves.
          </p>
          <p><a class="button" href="/_sim">Open the control page</a></p>
          <h2>From a program</h2>
          <ul class="lines">
            <li><span>API</span><code>${url}/v1/</code></li>
            <li>
              <span>Truth, for checks</span><a href="/_sim/books"><code>/_sim/books</code></a>
            </li>
            <li>
              <span>Faults</span><a href="/_sim/faults"><code>/_sim/faults</code></a>
            </li>
            <li>
              <span>Clock</span><a href="/_sim/clock"><code>/_sim/clock</code></a>
            </li>
          </ul>
          <p>With the official SDK:</p>
          <pre><code>import { createPolar } from '@polar-sh/sdk/2026-10';

const polar = createPolar({
  accessToken: '…', // shown on the control page
  baseUrl: '${url}',
});</code></pre>
        </main>`,
      ),
    ),
  );
  return routes;
}
