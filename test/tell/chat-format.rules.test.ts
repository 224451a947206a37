import { describe, expect, test } from 'vitest';
import { sampleBody } from '../../src/tell/events/sample-events.rules.ts';
import { writeForFormat } from '../../src/tell/deliveries/chat-format.rules.ts';
import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';

/* What a chat is shown of an event. */

const told = (data: object, type = 'payment.succeeded') =>
  JSON.stringify({
    type,
    timestamp: '2026-11-21T10:00:00.000Z',
    data: { id: 'evt_1', app: 'quay-live', ...data },
  });
const PAYMENT = {
  id: 'pay_1',
  status: 'succeeded',
  product: { id: 'p', name: 'Quay <Pro> & more *bold*', plan: 'pro' },
  amount: 12_900,
  refunded_amount: 0,
  currency: 'usd',
  customer: { id: 'c', external_id: 'user-7', email: 'ada@readers.dev' },
};

describe('a chat', () => {
  test('of the standard format is sent the event’s own bytes', () => {
    const body = told({ payment: PAYMENT });
    expect(writeForFormat('standard', body)).toBe(body);
  });

  test('of Slack’s is shown what was sold, as plain text', () => {
    const message = JSON.parse(writeForFormat('slack', told({ payment: PAYMENT }))) as {
      text: string;
      blocks: { fields?: { type: string; text: string }[] }[];
    };
    expect(message.text).toBe('Payment succeeded · Quay &lt;Pro&gt; &amp; more *bold* · USD 129.00');
    const fields = message.blocks[0]?.fields ?? [];
    expect(fields.map(({ text }) => text)).toContain('Amount: USD 129.00');
    expect(new Set(fields.map(({ type }) => type))).toEqual(new Set(['plain_text']));
  });

  test('of Discord’s calls nobody, whatever a product is called', () => {
    const payment = { ...PAYMENT, product: { id: 'p', name: '@everyone [x](https://evil.dev)' } };
    const message = JSON.parse(writeForFormat('discord', told({ payment }))) as {
      allowed_mentions: object;
      embeds: { fields: { name: string; value: string }[] }[];
    };
    expect(message.allowed_mentions).toEqual({ parse: [] });
    expect(message.embeds[0]?.fields[0]?.value).toBe('\\@everyone \\[x\\]\\(https://evil.dev\\)');
  });

  test.each([
    [90_000, 'isk', 'ISK 900'],
    [500_050, 'huf', 'HUF 5,000.50'],
    [129_000, 'ugx', 'UGX 1,290'],
    [1_250, 'kwd', 'KWD 12.50'],
  ])('reads %i %s as Polar counts it: %s', (amount, currency, shown) => {
    const { text } = JSON.parse(
      writeForFormat('slack', told({ payment: { ...PAYMENT, amount, currency } })),
    ) as { text: string };
    expect(text.endsWith(`· ${shown}`), text).toBe(true);
  });

  test('reads yen without cents', () => {
    expect(
      writeForFormat('slack', told({ payment: { ...PAYMENT, amount: 1290, currency: 'jpy' } })),
    ).toContain('JPY 1,290');
  });

  test.each(Object.keys(EVENT_TYPES))('is shown %s, without a customer’s address', (type) => {
    const body = sampleBody(type, {
      id: 'evt_1',
      app: 'quay-live',
      mode: 'live',
      now: Date.UTC(2026, 10, 21),
    });
    for (const format of ['slack', 'discord'] as const) {
      const written = writeForFormat(format, body);
      expect(written).not.toMatch(/[\w.]+@[\w.]+/);
      expect(written).toContain('evt_1');
      expect(writeForFormat(format, body)).toBe(written);
      expect(written.length).toBeLessThan(6_000);
    }
  });

  test.each([
    ['long', 'x'.repeat(5_000)],
    ['of signs that are escaped', '*'.repeat(5_000)],
    ['of letters that are two units', `a${'𝄞'.repeat(3_000)}`],
    ['broken', 'a\uD834'.repeat(300)],
    ['only spaces', ' \n\t '],
  ])('takes it whatever its texts are: %s', (_how, text) => {
    const payment = { ...PAYMENT, product: { name: text }, status: text, refunded_amount: 1 };
    const body = told({
      payment,
      reason: text,
      next_attempt_at: text,
      grant: { id: 'g' },
      endpoint: { id: 'e' },
    });
    const slack = JSON.parse(writeForFormat('slack', body)) as {
      text: string;
      blocks: [{ text: { text: string }; fields: { text: string }[] }];
    };
    const [section] = slack.blocks;
    expect(section.fields.length).toBeLessThanOrEqual(10);
    for (const field of [slack, section.text, ...section.fields]) {
      expect(field.text.trim()).not.toBe('');
      expect(field.text.length).toBeLessThanOrEqual(2_000);
    }
    const discord = JSON.parse(writeForFormat('discord', body)) as {
      embeds: [{ title: string; fields: { name: string; value: string }[]; footer: { text: string } }];
    };
    const [{ title, fields, footer }] = discord.embeds;
    expect(title.length).toBeLessThanOrEqual(256);
    expect(fields.length).toBeLessThanOrEqual(25);
    for (const { value } of fields) {
      expect(value.trim()).not.toBe('');
      expect(value.length).toBeLessThanOrEqual(1_024);
    }
    const all = [title, footer.text, ...fields.flatMap(({ name, value }) => [name, value])].join('');
    expect(all.length).toBeLessThanOrEqual(6_000);
    expect(all.isWellFormed() && JSON.stringify(slack).isWellFormed()).toBe(true);
  });

  test('is sent something also of a body that is not as it should be', () => {
    for (const body of ['{}', '[]', 'null', '{"data":{"payment":{"amount":1,"currency":"no such"}}}'])
      for (const format of ['slack', 'discord'] as const)
        expect(() => JSON.parse(writeForFormat(format, body)) as unknown).not.toThrow();
  });
});
