/** Tables that become cards on a phone, their pages, and the buttons in them. */

import { html } from 'hono/html';
import type { Html } from '../pages/layout.ts';

type Cell = Html | string | number | null;

export interface Column<Row> {
  /** Empty for the column of buttons. */
  title: string;
  isNumber?: boolean;
  cell: (row: Row) => Cell;
}

const PER_PAGE = 20;

export interface Listing<Row> {
  /** What it is, for those who cannot see it. */
  caption: string;
  columns: Column<Row>[];
  /** Newest first. */
  rows: Row[];
  empty: string;
  /** The wanted page as the address has it. */
  page: string | undefined;
  /** The address without the page. */
  path: string;
}

export function listing<Row>({ caption, columns, rows, empty, page, path }: Listing<Row>): Html {
  if (rows.length === 0) return html`<p class="panel soft">${empty}</p>`;
  const last = Math.ceil(rows.length / PER_PAGE);
  const current = Math.min(Math.max(1, Math.trunc(Number(page)) || 1), last);
  const shown = rows.slice((current - 1) * PER_PAGE, current * PER_PAGE);
  return html`<div class="table">
      <table>
        <caption class="hidden">
          ${caption}
        </caption>
        <thead>
          <tr>
            ${columns.map(
              ({ title, isNumber }) =>
                html`<th scope="col" ${isNumber ? 'class=number' : ''}>
                  ${title || html`<span class="hidden">Actions</span>`}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (row) =>
              html`<tr>
                ${columns.map(
                  ({ title, isNumber, cell }) =>
                    html`<td ${isNumber ? 'class=number' : ''} data-label="${title}">${cell(row)}</td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${last > 1 ? pages(path, current, last, rows.length) : ''}`;
}

function pages(path: string, current: number, last: number, total: number): Html {
  const link = (page: number, text: string) =>
    html`<a href="${path}${path.includes('?') ? '&' : '?'}page=${page}">${text}</a>`;
  return html`<nav class="pages" aria-label="Pages">
    <span>${current > 1 ? link(current - 1, '← Newer') : ''}</span>
    <span class="soft">Page ${current} of ${last}, ${total} in all</span>
    <span>${current < last ? link(current + 1, 'Older →') : ''}</span>
  </nav>`;
}

const GOOD = new Set(['paid', 'active', 'succeeded', 'delivered', 'granted', 'enabled', 'won']);
const WARN = new Set(
  'pending past_due confirmed trialing partially_refunded waiting paused ending needs_response under_review'.split(
    ' ',
  ),
);
const BAD = new Set(['failed', 'void', 'disabled', 'lost', 'disputed']);

export function badge(status: string): Html {
  const tone = GOOD.has(status) ? 'good' : WARN.has(status) ? 'warn' : BAD.has(status) ? 'bad' : '';
  return html`<span class="badge ${tone}">${status.replaceAll('_', ' ')}</span>`;
}

/** A button that does one thing and comes back to where it was pressed. */
export function actionButton(
  what: string,
  label: string,
  fields: Record<string, string>,
  tone: 'second' | 'danger' = 'second',
): Html {
  return html`<form method="post" action="/_sim/do/${what}">
    ${hiddenFields(fields)}
    <button class="${tone}" type="submit">${label}</button>
  </form>`;
}

export const hiddenFields = (fields: Record<string, string>): Html[] =>
  Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );

/** Buttons that are out of the way until asked for. `about` says of what, for those who hear only the button. */
export function actions(about: string, ...buttons: (Html | '')[]): Html | '' {
  const given = buttons.filter((button) => button !== '');
  if (given.length === 0) return '';
  return html`<details class="actions">
    <summary>Actions<span class="hidden"> for ${about}</span></summary>
    <div>${given}</div>
  </details>`;
}
