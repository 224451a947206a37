/** What all control pages have around them: the clock, the way to the others, and what the last button did. */

import { html } from 'hono/html';
import { type Html, page } from '../pages/layout.ts';
import { MINUTE_MS } from '../time.ts';
import type { World } from '../world.ts';
import type { Flash } from './flash.ts';
import { hiddenFields } from './table.ts';
import { absoluteTime } from './times.ts';

export interface Frame {
  title: string;
  /** Where buttons come back to. */
  path: string;
  flash: Flash | null;
}

export function frame(world: World, { title, path, flash }: Frame, body: Html): Html {
  const links = [
    ['/_sim', 'Organizations'],
    ['/_sim/trouble', `Faults${world.faults.isOn ? ' (on)' : ''}`],
    ['/_sim/books', 'Books (JSON)'],
  ] as const;
  return page(
    `${title} · Simulated Polar`,
    html`<a class="hidden skip" href="#main">Skip to the content</a>
      <div class="shell">
        <header>
          <nav class="tabs" aria-label="Simulator">
            ${links.map(
              ([href, label]) =>
                html`<a href="${href}" ${href === path ? 'aria-current=page' : ''}>${label}</a>`,
            )}
          </nav>
          ${clock(world, path)}
        </header>
        <main id="main">
          ${
            flash
              ? html`<p
                  class="${flash.kind === 'done' ? 'flash' : 'alert'}"
                  role="status"
                  tabindex="-1"
                  autofocus
                >
                  ${flash.text}
                </p>`
              : ''
          }
          <h1>${title}</h1>
          ${body}
        </main>
      </div>`,
  );
}

function clock(world: World, path: string): Html {
  const now = world.now();
  const isMoved = Math.abs(now - Date.now()) >= MINUTE_MS;
  const steps = [
    ['hour', '+1 hour'],
    ['day', '+1 day'],
    ['month', '+1 month'],
  ] as const;
  return html`<section class="panel" aria-label="Clock">
    <p>
      <strong>Simulated time: <time>${absoluteTime(now)}</time></strong>
      ${isMoved ? html`<span class="soft">(real time: ${absoluteTime(Date.now())})</span>` : ''}
    </p>
    <form class="inline" method="post" action="/_sim/do/clock">
      ${hiddenFields({ back: path })}
      ${steps.map(
        ([step, label]) =>
          html`<button class="second" type="submit" name="step" value="${step}">${label}</button>`,
      )}
      <label class="hidden" for="clock-amount">Move the clock by</label>
      <input
        class="few"
        id="clock-amount"
        name="amount"
        inputmode="numeric"
        autocomplete="off"
        placeholder="Custom: 90"
      />
      <label class="hidden" for="clock-unit">Unit</label>
      <select id="clock-unit" name="unit">
        <option value="minute">minutes</option>
        <option value="hour">hours</option>
        <option value="day" selected>days</option>
      </select>
      <button class="second" type="submit" name="step" value="custom">Move</button>
    </form>
  </section>`;
}
