import { formatAmount } from '../../../packages/kit/amounts.ts';
import type { EndpointFormat } from '../../base/event-matches.rules.ts';

/*
 * How an event is written for a chat's incoming webhook (ADR 113). The stored event stays as it is: this is made of it for each
 * attempt, and from the same event it is always the same. Names and addresses of customers are left out, since nobody can take
 * them out of a chat again.
 */

interface Message {
  title: string;
  facts: [name: string, value: string][];
  eventId: string;
  timestamp: string;
}

type Json = { readonly [name: string]: unknown };

/** The body that is sent, from the one that is stored. */
export function writeForFormat(format: EndpointFormat, body: string): string {
  if (format === 'standard') return body;
  const message = readMessage(JSON.parse(body) as unknown);
  return JSON.stringify(format === 'slack' ? forSlack(message) : forDiscord(message));
}

/*
 * Slack takes ten fields of 2,000 characters in a section (https://docs.slack.dev/reference/block-kit/blocks/section-block), Discord a
 * title of 256, 25 fields of 1,024, and 6,000 in all (https://docs.discord.com/developers/resources/message#embed-object-embed-limits).
 * A text may be twice as long when its signs are escaped.
 */
const MAX_TEXT = 250;

function readMessage(told: unknown): Message {
  const event = fieldsOf(told);
  const data = fieldsOf(event['data']);
  const payment = fieldsOf(data['payment']);
  const grant = fieldsOf(data['grant']);
  const endpoint = fieldsOf(data['endpoint']);
  const facts: [string, string | undefined][] = [
    ['Product', textOf(fieldsOf(payment['product'])['name'])],
    ['Amount', money(payment['amount'], payment['currency'])],
    [
      'Refunded',
      payment['refunded_amount'] === 0 ? undefined : money(payment['refunded_amount'], payment['currency']),
    ],
    ['Status', textOf(payment['status'])],
    ['Reason', textOf(data['reason']) ?? textOf(payment['failure_reason'])],
    ['Next attempt', textOf(data['next_attempt_at'])],
    ['Payment', textOf(payment['id'])],
    ['Grant', textOf(grant['id'])],
    ['Endpoint', textOf(endpoint['id'])],
    ['App', textOf(data['app'])],
  ];
  return {
    title: titleOf(String(event['type'])),
    facts: facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    eventId: String(data['id']),
    timestamp: String(event['timestamp']),
  };
}

/** `payment.retry_scheduled`: Payment retry scheduled. */
function titleOf(type: string): string {
  const words = type.replaceAll(/[._]/g, ' ');
  return cut(words.slice(0, 1).toUpperCase() + words.slice(1));
}

/** Slack's own rules for what is text and not markup: https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escapeSlack = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function forSlack({ title, facts, eventId }: Message): object {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  return {
    // What a notification shows.
    text: escapeSlack([title, ...facts.slice(0, 2).map(([, value]) => value)].join(' · ')),
    blocks: [
      {
        type: 'section',
        text: plain(title),
        fields: facts.map(([name, value]) => plain(`${name}: ${value}`)),
      },
      { type: 'context', elements: [plain(eventId)] },
    ],
  };
}

function forDiscord({ title, facts, eventId, timestamp }: Message): object {
  return {
    embeds: [
      {
        title,
        timestamp,
        fields: facts.map(([name, value]) => ({ name, value: escapeDiscord(value), inline: true })),
        footer: { text: eventId },
      },
    ],
    // Whatever a product is called, nobody is called by it.
    allowed_mentions: { parse: [] },
  };
}

const escapeDiscord = (text: string) => text.replaceAll(/[\\*_~`|>[\]()#@<]/g, '\\$&');

/** Minor units of Polar's as people write them; undefined when it is no amount of money. */
function money(amount: unknown, currency: unknown): string | undefined {
  if (typeof amount !== 'number' || typeof currency !== 'string' || !/^[a-z]{3}$/i.test(currency))
    return undefined;
  return formatAmount(amount, currency, 'en', { currencyDisplay: 'code' }).replaceAll('\u00a0', ' ');
}

function fieldsOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

const textOf = (value: unknown) => (typeof value === 'string' ? cut(value) || undefined : undefined);

/** On one line, and never through the middle of a character, which would be no JSON to a chat. */
function cut(text: string): string {
  const one = text.toWellFormed().replaceAll(/\s+/g, ' ').trim();
  return one.length <= MAX_TEXT ? one : `${one.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
