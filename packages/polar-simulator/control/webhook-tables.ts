/** Webhook endpoints of one organization, and every event on its way to them. */

import { html } from 'hono/html';
import { field } from '../pages/fields.ts';
import type { Html } from '../pages/layout.ts';
import type { EndpointRow, EventRow, OrganizationRow } from '../state.ts';
import type { World } from '../world.ts';
import { type Column, actionButton, badge, hiddenFields } from './table.ts';
import { when } from './times.ts';

const RESPONSE_SHOWN = 300;

export function endpointColumns(world: World, back: string): Column<EndpointRow>[] {
  return [
    { title: 'URL', cell: (row) => html`<span class="mono">${row.url}</span>` },
    { title: 'Events', isNumber: true, cell: (row) => row.events.length },
    { title: 'Format', cell: (row) => row.format },
    {
      title: 'Secret',
      cell: (row) =>
        html`<details>
          <summary>Show<span class="hidden"> the secret of ${row.url}</span></summary>
          <code>${row.secret}</code>
        </details>`,
    },
    { title: 'Made', cell: (row) => when(row.created_at, world.now()) },
    { title: 'Status', cell: (row) => badge(row.enabled ? 'enabled' : 'disabled') },
    {
      title: '',
      cell: (row) =>
        actionButton('endpoint', row.enabled ? 'Disable' : 'Enable', {
          id: row.id,
          enabled: row.enabled ? 'no' : 'yes',
          back,
        }),
    },
  ];
}

export function newEndpoint(organization: OrganizationRow, back: string): Html {
  return html`<section class="panel">
    <h2>New endpoint</h2>
    <form method="post" action="/_sim/do/new-endpoint">
      ${hiddenFields({ id: organization.id, back })}
      ${field('url', 'URL', {
        value: '',
        errors: {},
        placeholder: 'http://localhost:3000/webhooks/polar',
        attributes: {
          type: 'url',
          required: '',
          autocomplete: 'off',
        },
        hint: 'Gets all events, as JSON, signed. Unlike the real Polar, this one also sends to http and to this machine.',
      })}
      <p><button type="submit">Add it</button></p>
    </form>
  </section>`;
}

export function eventColumns(world: World, back: string): Column<EventRow>[] {
  return [
    { title: 'Made', cell: (row) => when(row.created_at, world.now()) },
    {
      title: 'Event',
      cell: (row) =>
        html`<details>
          <summary class="mono">${row.type}</summary>
          <pre><code>${pretty(row.body)}</code></pre>
        </details>`,
    },
    {
      title: 'To',
      cell: (row) =>
        html`<span class="mono">${world.tables.endpoints.get(row.endpoint_id)?.url ?? 'gone'}</span>`,
    },
    { title: 'Status', cell: (row) => badge(statusOf(row)) },
    { title: 'Attempts', isNumber: true, cell: (row) => row.attempts },
    { title: 'Response', cell: (row) => response(world, row) },
    { title: '', cell: (row) => actionButton('redeliver', 'Redeliver', { id: row.id, back }) },
  ];
}

function statusOf(event: EventRow): string {
  if (event.skipped) return 'skipped';
  if (event.succeeded === null) return 'waiting';
  return event.succeeded ? 'delivered' : 'failed';
}

function response(world: World, event: EventRow): Html | '' {
  const last = world.tables.deliveries.by('event', event.id).at(-1);
  if (!last) return '';
  const text = last.response?.slice(0, RESPONSE_SHOWN) ?? '';
  return html`${last.http_code ?? 'no answer'} ${text ? html`<span class="soft">${text}</span>` : ''}`;
}

function pretty(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 2);
}
