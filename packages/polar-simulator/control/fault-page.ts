/** Faults on and off, by a form. */

import { html } from 'hono/html';
import { type FormErrors, errorSummary, field } from '../pages/fields.ts';
import type { Html } from '../pages/layout.ts';
import type { World } from '../world.ts';
import { actionButton } from './table.ts';
import { valuesOf } from './fault-form.ts';

export interface FaultState {
  errors: FormErrors;
  /** What was typed, when it was not accepted. */
  values?: Record<string, string>;
}

export function faultPage(world: World, { errors, values }: FaultState): Html {
  const shown = { ...valuesOf(world.faults.settings), ...values };
  const text = (name: string, label: string, hint?: string, inputmode = 'decimal') =>
    html`<div>
      ${field(name, label, {
        value: shown[name] ?? '',
        errors,
        attributes: { inputmode, autocomplete: 'off' },
        ...(hint ? { hint } : {}),
      })}
    </div>`;
  const choice = (name: string, label: string, options: Record<string, string>) =>
    html`<div>
      <label for="${name}">${label}</label>
      <select id="${name}" name="${name}">
        ${Object.entries(options).map(
          ([value, words]) =>
            html`<option value="${value}" ${value === shown[name] ? 'selected' : ''}>${words}</option>`,
        )}
      </select>
    </div>`;
  return html`<p class="soft">
      Trouble on the way to the API and on the way of webhooks. The pages and this one never meet any. The
      dice follow the seed: the same calls meet the same trouble again.
    </p>
    ${soFar(world)} ${errorSummary(errors)}
    <form method="post" action="/_sim/trouble" novalidate>
      <section class="panel">
        <h2>API calls</h2>
        <div class="row many">
          ${text('latency_p50', 'Latency, typical (ms)')}
          ${text('latency_p99', 'Latency, slowest 1 % (ms)', 'Empty: always the same.')}
          ${text('rate_limited', 'Too many requests, 429 (%)')} ${text('retry_after_s', 'Retry-After (s)')}
          ${text('server_error', 'Server errors (%)')}
          ${choice('server_error_status', 'Server error', { 500: '500', 502: '502', 503: '503', 504: '504' })}
          ${text('connection_reset', 'Connections that break (%)')}
          ${choice('connection_reset_when', 'They break', {
            either: 'before or after the effect',
            before: 'before the effect',
            after: 'after the effect',
          })}
          ${text('methods', 'Only methods', 'Like GET, POST. Empty: all.', 'text')}
          ${text('path', 'Only paths', 'Like /v1/checkouts/*. Empty: all.', 'text')}
        </div>
      </section>
      <section class="panel">
        <h2>Webhooks</h2>
        <div class="row many">
          ${text('webhook_duplicate', 'Sent twice (%)')} ${text('webhook_drop', 'Lost for good (%)')}
          ${text('webhook_reorder', 'Overtaken by later ones (%)')}
          ${text('webhook_reorder_window_ms', 'Held back at most (ms)', 'Empty: one second.')}
          ${text('webhook_delay', 'Later by (ms)')}
        </div>
      </section>
      <section class="panel">
        <h2>Dice</h2>
        <div class="row many">
          ${text('seed', 'Seed', 'Turning faults on starts the run again.', 'numeric')}
        </div>
      </section>
      <p class="inline">
        <button type="submit">Turn on</button>
      </p>
    </form>
    ${world.faults.isOn ? actionButton('faults-off', 'Turn all faults off', { back: '/_sim/trouble' }, 'danger') : ''}`;
}

function soFar(world: World): Html {
  if (!world.faults.isOn) return html`<p><span class="badge">off</span> Nothing is turned on.</p>`;
  const counts = Object.entries(world.faults.soFar).filter(([, count]) => count > 0);
  return html`<p>
    <span class="badge warn">on</span>
    ${
      counts.length === 0
        ? 'Nothing met any trouble so far.'
        : `So far: ${counts.map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`).join(', ')}.`
    }
  </p>`;
}
