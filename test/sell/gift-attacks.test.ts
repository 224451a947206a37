import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { seedPurchase, seedSession, seedShop, seedWare, type Shop, uuid } from '../access/access-rows.ts';
import { seedCustomer, someone } from '../people/sign-in-calls.ts';
import { type GiftDesk, openGiftDesk, seedBought, tokenIn } from './gift-calls.ts';

/* What somebody might try with gifts, and what may go wrong between their payment and their recipient. */

let desk: GiftDesk;
let shop: Shop;

beforeEach(async () => {
  await env.DB.prepare('delete from polar_budgets').run();
  desk = openGiftDesk();
  shop = await seedShop();
});
afterEach(() => {
  vi.useRealTimers();
});

async function given(body: object = {}) {
  const bought = await seedBought(shop);
  const answer = await desk.give(shop, { payment: bought.paymentId, ...body });
  expect(answer.status).toBe(201);
  return { ...bought, id: answer.body.id, link: answer.body.claim_url ?? '' };
}

describe('an app cannot claim a gift for', () => {
  const knows = async (customer: string) => {
    const answer = await desk.send('GET', `/v1/customers/${customer}/timeline`, { key: shop.secretKey });
    return answer.status;
  };

  test('a customer of another app, nor somebody whom nobody knows, nor one who was deleted', async () => {
    const other = await seedShop();
    const stranger = await seedCustomer(other, someone());
    await seedPurchase(other, await seedWare(other, { content: 'blog/other' }), stranger);
    const deleted = await seedCustomer(shop, someone());
    await seedPurchase(shop, await seedWare(shop, { content: 'blog/own' }), deleted);
    await env.DB.prepare('update customers set deleted_at = 1 where id = ?').bind(deleted).run();
    const { link, id } = await given();
    for (const customer of [stranger, uuid(), deleted]) {
      const answer = await desk.claim(shop, link, customer);
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    }
    expect([await knows(stranger), (await desk.show(shop, id)).body.status]).toEqual([404, 'open']);
    // Of no gift at all it learns no more.
    expect((await desk.claim(shop, 'x'.repeat(43), stranger)).body.code).toBe('invalid_code');
  });

  test('a member, nobody, or something that is no customer', async () => {
    const { link } = await given();
    for (const customer of ['', 'external:', 'friend', 'external:a\u0000b', `member:${uuid()}`])
      expect((await desk.claim(shop, link, customer)).status).toBe(422);
  });
});

describe('an address', () => {
  test.each([
    'Ada <ada@readers.dev>',
    'Ada<ada@readers.dev>',
    '<ada@readers.dev>',
    'ada@readers.dev,eve@readers.dev',
    'ada,eve@readers.dev',
    'ada;eve@readers.dev',
    'ada@readers.dev;eve',
    'ada(x)@readers.dev',
    '"a b"@readers.dev',
    'mailto:ada@readers.dev',
    'ada@readers.dev\r\nBcc: eve@readers.dev',
    'ada@readers.dev\u2028Bcc:eve',
    'ada@[127.0.0.1]',
    'ada@readers',
    `${'a'.repeat(250)}@b.dev`,
  ])('that is not one plain address is refused: %j', async (to_email) => {
    const { paymentId } = await seedBought(shop);
    const answer = await desk.give(shop, { payment: paymentId, to_email });
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    const { id } = await given();
    expect((await desk.resend(shop, id, { to_email })).status).toBe(422);
  });

  test('in another script is taken as it is, and mailed to', async () => {
    const { id } = await given({ to_email: 'Zoë.ÅSA+gift@bücher.example' });
    await desk.mail(id);
    expect(desk.mails.map(({ to }) => to)).toEqual(['zoë.Åsa+gift@bücher.example'.replace('Å', 'Å')]);
  });
});

describe('a time', () => {
  test.each(['soon', '2026-02-30', '2026-13-01T00:00:00Z', '1e999', 'NaN', ''])(
    'that is none is refused: %j',
    async (send_at) => {
      const { paymentId } = await seedBought(shop);
      const answer = await desk.give(shop, { payment: paymentId, to_email: someone(), send_at });
      expect(answer.status).toBe(422);
    },
  );

  test('long past is at once, and too far ahead is refused', async () => {
    const { id } = await given({ to_email: someone(), send_at: '0001-01-01' });
    await desk.mail(id);
    expect(desk.mails).toHaveLength(1);
    const { paymentId } = await seedBought(shop);
    const far = await desk.give(shop, { payment: paymentId, to_email: someone(), send_at: '9999-12-31' });
    expect(far.status).toBe(422);
  });
});

describe('the link of a gift', () => {
  test('works until its last millisecond, and not in the next', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { link, id } = await given({ expires_in_days: 1 });
    const end = Date.parse(
      ((await desk.show(shop, id)).body as unknown as { expires_at: string }).expires_at,
    );
    vi.setSystemTime(end);
    expect((await desk.claim(shop, link, 'external:late')).body.code).toBe('gift_expired');
    vi.setSystemTime(end - 1);
    expect((await desk.claim(shop, link, 'external:late')).status).toBe(200);
  });

  test('refunded and claimed at once: nobody has a gift whose money went back', async () => {
    const { link, paymentId, id } = await given();
    const [claimed] = await Promise.all([
      desk.claim(shop, link, 'external:friend'),
      env.DB.prepare("update payments set status = 'refunded' where id = ?").bind(paymentId).run(),
      env.DB.prepare("update orders set status = 'refunded' where payment_id = ?").bind(paymentId).run(),
    ]);
    expect([200, 409]).toContain(claimed.status);
    expect((await desk.show(shop, id)).body.status).toBe('refunded');
    expect(await desk.mayRead(shop, 'external:friend')).toBe(false);
  });

  test('claimed by its buyer is the buyer’s', async () => {
    const { link, giver } = await given();
    expect((await desk.claim(shop, link, giver)).status).toBe(200);
    expect(await desk.mayRead(shop, giver)).toBe(true);
  });

  test('is in no page’s frame, cache or Referer, also where it is refused', async () => {
    const { link } = await given();
    const jar = new Map<string, string>();
    const page = await desk.open(link, jar);
    const pages = [
      page,
      await desk.open(link.replace(/.{43}$/, 'x'.repeat(43)), new Map(), { accept: 'text/html' }),
      await desk.click(link, { jar, token: 'x' }),
      await desk.click(link, { jar, token: tokenIn(page.text), email: 'no address' }),
      await desk.click(link, { jar, token: tokenIn(page.text), email: someone() }),
      await desk.open(link, new Map()),
    ];
    expect(pages.map(({ status }) => status)).toEqual([200, 404, 403, 422, 200, 409]);
    const isPage = pages.map(({ headers }) => headers.get('content-type')?.startsWith('text/html'));
    expect(isPage).toEqual([true, true, false, true, true, true]);
    for (const { headers } of pages) {
      expect(headers.get('cache-control')).toContain('no-store');
      expect(headers.get('referrer-policy')).toMatch(/^(same-origin|no-referrer)$/);
      if (headers.get('content-type')?.startsWith('text/html') === true)
        expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('can be claimed by a server while strangers use up the tries at its page', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { link } = await given();
    const jar = new Map<string, string>();
    const token = tokenIn((await desk.open(link, jar)).text);
    const unknown = link.replace(/.{43}$/, 'x'.repeat(43));
    const statuses: number[] = [];
    while (!statuses.includes(429) && statuses.length < 400)
      statuses.push(
        ...(await Promise.all(Array.from({ length: 40 }, () => desk.click(unknown, { jar, token })))).map(
          ({ status }) => status,
        ),
      );
    expect(statuses).toContain(429);
    expect((await desk.claim(shop, link, 'external:friend')).status).toBe(200);
  });
});

describe('a payment', () => {
  test('that is disputed cannot be given back by taking its gift back, which says so', async () => {
    const { id, paymentId } = await given();
    await env.DB.prepare('update payments set disputed = 1 where id = ?').bind(paymentId).run();
    const answer = await desk.cancel(shop, id, { refund: true });
    expect([answer.status, answer.body.code]).toEqual([409, 'payment_disputed']);
    expect((await desk.show(shop, id)).body.status).toBe('disputed');
    expect((await desk.cancel(shop, id)).status).toBe(200);
  });
});

describe('the giver’s timeline', () => {
  test('does not have the sessions of the recipient', async () => {
    const bought = await seedBought(shop);
    await seedSession(shop, { paymentId: bought.paymentId });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { body } = await desk.give(shop, { payment: bought.paymentId });
    const accepted = await desk.accept(body.claim_url ?? '', { email: someone() });
    await desk.arrive(shop, accepted);
    const timeline = await desk.send('GET', `/v1/customers/${bought.giver}/timeline?type=session.started`, {
      key: shop.secretKey,
    });
    expect(timeline.body.data).toHaveLength(1);
  });
});

describe('the mail', () => {
  test('marks what the giver wrote as theirs, line by line', async () => {
    const { id } = await given({
      to_email: someone(),
      message: 'For you\n\nOpen this link to accept it:\nhttps://evil.example/gift',
    });
    await desk.mail(id);
    expect(desk.mails[0]?.text).toContain(
      '> For you\n>\n> Open this link to accept it:\n> https://evil.example/gift\n\nOpen this link',
    );
  });
});
