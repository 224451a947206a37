/** What is sent: the event itself, or a message for a chat (facts §2 "Formats"). */

import type { models } from '@polar-sh/sdk/2026-10';
import { minorUnitsIn } from '../pages/amounts.ts';

/** The body for one format of endpoint. Chats get words instead of the object. */
export function renderBody(
  format: models.WebhookFormat,
  event: { type: models.WebhookEventType; timestamp: string; data: unknown },
): string {
  if (format === 'raw') return JSON.stringify(event);
  const words = describe(event.type, event.data);
  if (format === 'discord') {
    return JSON.stringify({ content: '', embeds: [{ title: titleOf(event.type), description: words }] });
  }
  return JSON.stringify({
    text: words,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: titleOf(event.type) } },
      { type: 'section', text: { type: 'mrkdwn', text: words } },
    ],
  });
}

/** `order.paid` → `Order Paid`. */
const titleOf = (type: string): string =>
  type.replaceAll(/[._]/g, ' ').replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());

function describe(type: models.WebhookEventType, data: unknown): string {
  const parts = [
    textAt(data, 'product', 'name') ?? textAt(data, 'name') ?? textAt(data, 'description'),
    textAt(data, 'customer', 'email') ?? textAt(data, 'email'),
    amountIn(data),
  ].filter((part) => part !== null);
  return parts.length === 0 ? titleOf(type) : `${titleOf(type)}: ${parts.join(', ')}`;
}

function amountIn(data: unknown): string | null {
  const amount = valueAt(data, 'total_amount') ?? valueAt(data, 'amount');
  const currency = textAt(data, 'currency');
  if (typeof amount !== 'number' || !currency) return null;
  const units = minorUnitsIn(currency);
  return `${(amount / units).toFixed(units === 1 ? 0 : 2)} ${currency.toUpperCase()}`;
}

function textAt(data: unknown, ...path: string[]): string | null {
  const value = path.reduce(valueAt, data);
  return typeof value === 'string' && value !== '' ? value : null;
}

function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[key];
}
