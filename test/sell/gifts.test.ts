import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  seedExternal,
  seedPurchase,
  seedSession,
  seedShop,
  seedSubscription,
  seedWare,
  type Shop,
  uuid,
} from '../access/access-rows.ts';
import { codeIn, someone, seedCustomer } from '../people/sign-in-calls.ts';
import { type GiftDesk, giftLinkIn, openGiftDesk, seedBought, tokenIn } from './gift-calls.ts';

const DAY = 86_400_000;
let desk: GiftDesk;
let shop: Shop;

beforeEach(async () => {
  await env.DB.prepare('delete from polar_budgets').run();
  desk = openGiftDesk();
  shop = await seedShop();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A purchase that was given away, with the link to be handed over. */
async function given(body: object = {}) {
  const bought = await seedBought(shop);
  const answer = await desk.give(shop, { payment: bought.paymentId, ...body });
  expect(answer.status).toBe(201);
  return { ...bought, id: answer.body.id, link: answer.body.claim_url ?? '', answer };
}

async function signIn(email: string, owner = shop) {
  const before = desk.mails.length;
  const { body } = await desk.ask(owner, email);
  const code = codeIn(desk.mails[before]) || '000000';
  return desk.verify(owner, { attempt: body.attempt, browser_token: body.browser_token, code });
}

const reload = (id: string) =>
  env.DB.prepare('select * from gifts where id = ?').bind(id).first<Record<string, string | number | null>>();
const refundWhole = (paymentId: string) =>
  env.DB.batch([
    env.DB.prepare("update payments set status = 'refunded' where id = ?").bind(paymentId),
    env.DB.prepare("update orders set status = 'refunded' where payment_id = ?").bind(paymentId),
  ]);
const later = (ms: number) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + ms);
};

describe('a purchase that is given away', () => {
  test('counts for nobody until it is claimed, then for the recipient, and never again for the giver', async () => {
    const bought = await seedBought(shop);
    await seedExternal(shop, 'giver', bought.giver);
    expect(await desk.mayRead(shop, 'external:giver')).toBe(true);
    const { body } = await desk.give(shop, { payment: bought.paymentId });
    expect(body).toMatchObject({
      status: 'open',
      payment_id: bought.paymentId,
      mail: null,
      checkout_url: null,
    });
    const everybody = [bought.giver, 'external:giver', 'external:friend'];
    for (const who of everybody) expect(await desk.mayRead(shop, who)).toBe(false);
    const claimed = await desk.claim(shop, body.claim_url ?? '', 'external:friend');
    expect(claimed.status).toBe(200);
    expect(claimed.body).toMatchObject({
      status: 'claimed',
      claimed_by: 'app',
      recipient: { external_id: 'friend', customer_id: null, email: null },
    });
    expect(await Promise.all(everybody.map((who) => desk.mayRead(shop, who)))).toEqual([false, false, true]);
  });

  test('ends what opened it to whoever came back from the checkout: sessions, codes and the return link', async () => {
    const bought = await seedBought(shop);
    const session = await seedSession(shop, { paymentId: bought.paymentId });
    expect(await desk.mayRead(shop, session)).toBe(true);
    const { body } = await desk.give(shop, { payment: bought.paymentId });
    const other = openGiftDesk();
    await desk.claim(shop, body.claim_url ?? '', 'external:friend');
    vi.useFakeTimers({ toFake: ['Date'] });
    // Isolates may remember a session for 30 s.
    vi.setSystemTime(Date.now() + 31_000);
    const asked = await other.send('GET', '/v1/access?max_age=0&resource=content:blog/premium', {
      key: session,
    });
    expect(asked.status).toBe(401);
    const row = await env.DB.prepare('select nonce_used_at from payments where id = ?')
      .bind(bought.paymentId)
      .first();
    expect(row?.['nonce_used_at']).toEqual(expect.any(Number));
  });

  test('is refused for what is not paid, was refunded or disputed, is a gift, a subscription or sold by the seat', async () => {
    const give = async (payment: object, ware?: Awaited<ReturnType<typeof seedWare>>) => {
      const { paymentId } = await seedBought(shop, ware, payment);
      const { status, body } = await desk.give(shop, { payment: paymentId });
      return `${status} ${body.code}`;
    };
    expect(await give({ status: 'pending' })).toBe('409 not_paid');
    expect(await give({ status: 'refunded' })).toBe('409 already_refunded');
    expect(await give({ status: 'partially_refunded', refundedAmount: 5 })).toBe('409 already_refunded');
    expect(await give({ disputed: true })).toBe('409 payment_disputed');
    expect(await give({ subscriptionId: uuid() })).toBe('422 not_giftable');
    const seats = await seedWare(shop, { prices: [{ amount_type: 'seat_based' }] });
    expect(await give({}, seats)).toBe('422 not_giftable');
    const { paymentId } = await given();
    expect((await desk.give(shop, { payment: paymentId })).body.code).toBe('conflict');
  });

  test.each(['license_keys', 'github_repository', 'discord', 'slack_shared_channel'])(
    'is refused for what Polar hands to whoever pays: %s',
    async (type) => {
      const { paymentId, giver } = await seedBought(shop, await seedWare(shop, { type }));
      const { status, body } = await desk.give(shop, { payment: paymentId });
      expect([status, body.code, body.detail]).toEqual([
        422,
        'not_giftable',
        expect.stringContaining('licence key'),
      ]);
      const rows = await env.DB.prepare('select count(*) as n from gifts where payment_id = ?')
        .bind(paymentId)
        .first('n');
      expect([rows, giver]).toEqual([0, expect.any(String)]);
    },
  );

  test('of two wishes at once becomes one gift', async () => {
    const { paymentId } = await seedBought(shop);
    const answers = await Promise.all([1, 2, 3].map(() => desk.give(shop, { payment: paymentId })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const rows = await env.DB.prepare('select count(*) as n from gifts where payment_id = ?')
      .bind(paymentId)
      .first('n');
    expect(rows).toBe(1);
  });

  test('is one gift for an Idempotency-Key, and a repetition has the same link', async () => {
    const { paymentId } = await seedBought(shop);
    const headers = { 'idempotency-key': 'once' };
    const first = await desk.give(shop, { payment: paymentId }, headers);
    const again = await desk.give(shop, { payment: paymentId }, headers);
    expect(again.body).toEqual(first.body);
  });

  test('leaves the giver what the giver has bought besides', async () => {
    const first = await given();
    const { paymentId } = await seedPurchase(shop, first.ware, first.giver);
    expect(await desk.mayRead(shop, first.giver)).toBe(true);
    await desk.claim(shop, first.link, 'external:friend');
    await refundWhole(paymentId);
    expect(await desk.mayRead(shop, first.giver)).toBe(false);
    expect(await desk.mayRead(shop, 'external:friend')).toBe(true);
  });

  test('of another app is a 404 wherever it is named, and its link opens nothing there', async () => {
    const { id, link, paymentId } = await given();
    const other = await seedShop();
    expect((await desk.give(other, { payment: paymentId })).status).toBe(404);
    expect((await desk.show(other, id)).status).toBe(404);
    expect((await desk.cancel(other, id)).status).toBe(404);
    expect((await desk.resend(other, id)).status).toBe(404);
    expect((await desk.claim(other, link, 'external:x')).body.code).toBe('invalid_code');
    expect((await desk.open(link.replace(shop.app.slug, other.app.slug), new Map())).status).toBe(404);
    const list = await desk.send('GET', `/v1/gifts?payment=${paymentId}`, { key: other.secretKey });
    expect(list.body.data).toEqual([]);
    expect((await desk.show(shop, id)).body.status).toBe('open');
  });
});

describe('a gift', () => {
  test('claimed twice: the second is refused, whoever it is', async () => {
    const { link } = await given();
    expect((await desk.claim(shop, link, 'external:first')).status).toBe(200);
    const second = await desk.claim(shop, link, 'external:second');
    expect([second.status, second.body.code]).toEqual([409, 'gift_claimed']);
    const page = await desk.open(link, new Map());
    expect(page.status).toBe(409);
    expect(page.text).toContain('accepted before');
    expect(await desk.mayRead(shop, 'external:second')).toBe(false);
  });

  test('claimed by several at once has one holder', async () => {
    const { link } = await given();
    const users = Array.from({ length: 6 }, (_, i) => `external:user-${i}`);
    const answers = await Promise.all(users.map((user) => desk.claim(shop, link, user)));
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    const holders = await Promise.all(users.map((user) => desk.mayRead(shop, user)));
    expect(holders.filter(Boolean)).toHaveLength(1);
  });

  test('claimed after its refund: the link is dead', async () => {
    const { link, paymentId, id } = await given();
    await refundWhole(paymentId);
    const answer = await desk.claim(shop, link, 'external:friend');
    expect([answer.status, answer.body.code]).toEqual([409, 'gift_ended']);
    expect((await desk.accept(link)).status).toBe(409);
    expect((await desk.show(shop, id)).body.status).toBe('refunded');
    expect(await desk.mayRead(shop, 'external:friend')).toBe(false);
  });

  test('claimed while a refund is under way, or disputed: refused, and open again when that comes to nothing', async () => {
    const { link, paymentId, orderId, giver } = await given();
    await env.DB.prepare(
      `insert into refunds (mode, id, app_id, payment_id, order_id, customer_id, status, reason, amount, currency, created_at, version, seen_version)
      values ('live', ?, ?, ?, ?, ?, 'pending', 'other', 900, 'usd', 0, 1, 1)`,
    )
      .bind(uuid(), shop.app.id, paymentId, orderId, giver)
      .run();
    expect((await desk.claim(shop, link, 'external:friend')).body.code).toBe('gift_ended');
    await env.DB.prepare("update refunds set status = 'failed' where payment_id = ?").bind(paymentId).run();
    await env.DB.prepare('update payments set disputed = 1 where id = ?').bind(paymentId).run();
    expect((await desk.claim(shop, link, 'external:friend')).body.code).toBe('gift_ended');
    await env.DB.prepare('update payments set disputed = 0 where id = ?').bind(paymentId).run();
    expect((await desk.claim(shop, link, 'external:friend')).status).toBe(200);
  });

  test('expired: the link is dead at that moment, and a new one opens the gift again', async () => {
    const { link, id } = await given({ expires_in_days: 2 });
    later(2 * DAY + 1000);
    const answer = await desk.claim(shop, link, 'external:friend');
    expect([answer.status, answer.body.code]).toEqual([410, 'gift_expired']);
    expect((await desk.open(link, new Map())).status).toBe(410);
    expect((await desk.show(shop, id)).body.status).toBe('expired');
    const { body } = await desk.resend(shop, id);
    expect(body.status).toBe('open');
    expect((await desk.claim(shop, link, 'external:friend')).body.code).toBe('invalid_code');
    expect((await desk.claim(shop, body.claim_url ?? '', 'external:friend')).status).toBe(200);
  });

  test('refunded after it was claimed: the recipient loses it, as by any refund', async () => {
    const { link, paymentId, id } = await given();
    await desk.claim(shop, link, 'external:friend');
    expect(await desk.mayRead(shop, 'external:friend')).toBe(true);
    await refundWhole(paymentId);
    expect(await desk.mayRead(shop, 'external:friend')).toBe(false);
    expect((await desk.show(shop, id)).body.status).toBe('refunded');
  });

  test('taken back before it is claimed: the link is dead and the purchase is the giver’s again', async () => {
    const { link, id, giver } = await given();
    const { body } = await desk.cancel(shop, id);
    expect(body).toMatchObject({ status: 'canceled', refund_id: null });
    expect((await desk.claim(shop, link, 'external:friend')).body.code).toBe('gift_ended');
    expect(await desk.mayRead(shop, giver)).toBe(true);
    // Again: nothing else happens.
    expect((await desk.cancel(shop, id)).body.status).toBe('canceled');
    expect((await desk.resend(shop, id)).body.code).toBe('gift_ended');
  });

  test('taken back after it was claimed: refused', async () => {
    const { link, id } = await given();
    await desk.claim(shop, link, 'external:friend');
    expect((await desk.cancel(shop, id)).body.code).toBe('gift_claimed');
    expect((await desk.resend(shop, id)).body.code).toBe('gift_claimed');
    expect(await desk.mayRead(shop, 'external:friend')).toBe(true);
  });

  test('claimed and taken back at once: one of the two happens', async () => {
    for (let round = 0; round < 5; round++) {
      const { link, id, giver } = await given();
      const [claimed, canceled] = await Promise.all([
        desk.claim(shop, link, 'external:friend'),
        desk.cancel(shop, id),
      ]);
      expect([claimed.status === 200, canceled.status === 200].filter(Boolean)).toHaveLength(1);
      expect(await desk.mayRead(shop, giver)).toBe(canceled.status === 200);
    }
  });

  test('is told to the app when it is claimed or taken back, once and without an address', async () => {
    const { link, id } = await given();
    await desk.claim(shop, link, 'external:friend');
    await desk.claim(shop, link, 'external:friend');
    const gone = await given();
    await desk.cancel(shop, gone.id);
    const { results } = await env.DB.prepare(
      "select type, body from events where app_id = ? and type glob 'gift.*' order by sequence",
    )
      .bind(shop.app.id)
      .all<{ type: string; body: string }>();
    expect(results.map(({ type }) => type)).toEqual(['gift.claimed', 'gift.canceled']);
    const [claimed] = results.map(
      ({ body }) => JSON.parse(body) as { data: { gift: object; payment: object } },
    );
    expect(claimed?.data.gift).toMatchObject({
      id,
      claimed_by: 'app',
      external_id: 'friend',
      customer_id: null,
    });
    expect(claimed?.data.payment).toMatchObject({ status: 'succeeded' });
  });

  test('stands in the audit log, with the key that did it and no address', async () => {
    const { id, link } = await given();
    const { body } = await desk.resend(shop, id);
    await desk.claim(shop, body.claim_url ?? link, 'external:friend@example.com');
    const { results } = await env.DB.prepare(
      'select action, key_id, detail from audit_log where target = ? order by rowid',
    )
      .bind(id)
      .all<{ action: string; key_id: string | null; detail: string }>();
    expect(results.map(({ action }) => action)).toEqual([
      'gift.created',
      'gift.link_renewed',
      'gift.claimed',
    ]);
    for (const row of results) expect(row.key_id).not.toBeNull();
    expect(JSON.stringify(results)).not.toContain('@');
  });

  test('keeps no link in the database', async () => {
    const { link, id } = await given();
    const code = link.split('/').at(-1) ?? '';
    expect(JSON.stringify(await reload(id))).not.toContain(code);
    const { results } = await env.DB.prepare('select * from audit_log where target = ?').bind(id).all();
    expect(JSON.stringify(results)).not.toContain(code);
  });
});

describe('the page of a gift', () => {
  test('spends nothing when it is opened, asked for by HEAD or fetched ahead', async () => {
    const { link, id } = await given({ from_name: 'Ada <b>', message: 'Happy birthday & more' });
    const jar = new Map<string, string>();
    const page = await desk.open(link, jar);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Ada &lt;b&gt; has a gift for you');
    expect(page.text).toContain('Happy birthday &amp; more');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect((await desk.open(link, jar, { 'sec-purpose': 'prefetch' })).status).toBe(405);
    expect((await desk.send('HEAD', new URL(link).pathname)).status).toBe(204);
    expect((await desk.show(shop, id)).body.status).toBe('open');
  });

  test('its button gives the recipient’s browser a session for this purchase alone', async () => {
    const { link, giver, ware } = await given();
    await seedPurchase(shop, await seedWare(shop, { content: 'blog/secret' }), giver);
    expect(ware).toBeDefined();
    const accepted = await desk.accept(link, { email: someone() });
    expect(accepted.status).toBe(200);
    const session = await desk.arrive(shop, accepted);
    expect(await desk.mayRead(shop, session)).toBe(true);
    expect(await desk.mayRead(shop, giver)).toBe(false);
    const other = await desk.send('GET', '/v1/access?max_age=0&resource=content:blog/secret', {
      key: session,
    });
    expect(other.body.allow).toBe(false);
    const own = await desk.send('GET', '/v1/session', { key: session });
    expect(own.body).toMatchObject({ proof: 'purchase', email: null });
  });

  test('clicked twice, or again after a lost answer, goes on in that browser, and in no other', async () => {
    const { link } = await given();
    const jar = new Map<string, string>();
    const token = tokenIn((await desk.open(link, jar)).text);
    const clicks = await Promise.all([1, 2].map(() => desk.click(link, { jar, token, email: 'a@b.dev' })));
    expect(clicks.map(({ status }) => status)).toEqual([200, 200]);
    const again = await desk.click(link, { jar, token });
    expect(await desk.mayRead(shop, await desk.arrive(shop, again))).toBe(true);
    expect((await desk.accept(link)).status).toBe(409);
    later(31 * 60_000);
    expect((await desk.click(link, { jar, token })).status).toBe(409);
  });

  test('takes only its own form, from its own origin', async () => {
    const { link, id } = await given();
    const jar = new Map<string, string>();
    await desk.open(link, jar);
    expect((await desk.click(link, { jar, token: 'x'.repeat(43) })).status).toBe(403);
    const foreign = await desk.send('POST', new URL(link).pathname, {
      jar,
      headers: { origin: 'https://evil.example' },
      form: { form_token: 'x' },
    });
    expect(foreign.status).toBe(403);
    expect((await desk.show(shop, id)).body.status).toBe('open');
  });

  test('says no more of a link that is unknown than that it does not work', async () => {
    const { link } = await given();
    const unknown = link.replace(/.{43}$/, 'x'.repeat(43));
    expect((await desk.open(unknown, new Map())).status).toBe(404);
    const jar = new Map<string, string>();
    const token = tokenIn((await desk.open(link, jar)).text);
    expect((await desk.click(unknown, { jar, token })).status).toBe(404);
    expect((await desk.claim(shop, unknown, 'external:x')).body.code).toBe('invalid_code');
  });

  test('guessing is counted in the database, from however many addresses', async () => {
    const { link } = await given();
    const unknown = link.replace(/.{43}$/, 'x'.repeat(43));
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const batch = await Promise.all(
        Array.from({ length: 20 }, () => desk.claim(shop, unknown, 'external:x')),
      );
      statuses.push(...batch.map(({ status }) => status));
    }
    expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(240);
    expect(statuses).toContain(429);
  });
});

describe('a gift that is mailed', () => {
  test('goes to its address once, with a link that is in no answer', async () => {
    const to = someone();
    const { id, answer } = await given({ to_email: to.toUpperCase(), from_name: 'Ada', message: 'For\nyou' });
    expect(answer.body).toMatchObject({ claim_url: null, to_email: to, mail: { status: 'waiting' } });
    await Promise.all([desk.mail(id), desk.mail(id)]);
    await desk.mail(id);
    expect(desk.mails).toHaveLength(1);
    const [mail] = desk.mails;
    expect(mail).toMatchObject({ to, subject: 'Ada has a gift for you' });
    expect(mail?.text).toContain('> For\n> you');
    expect(mail?.html).toContain(giftLinkIn(mail));
    expect((await desk.show(shop, id)).body.mail).toMatchObject({ status: 'sent', attempts: 1 });
  });

  test('is found again by a code to that address, on another device, without a customer at Polar', async () => {
    const to = someone();
    const { id, giver } = await given({ to_email: to });
    await desk.mail(id);
    const accepted = await desk.accept(giftLinkIn(desk.mails[0]));
    expect(await desk.mayRead(shop, await desk.arrive(shop, accepted))).toBe(true);
    const { status, body } = await signIn(to);
    expect(status).toBe(200);
    expect(await desk.mayRead(shop, body.session)).toBe(true);
    expect(body.subject['customer_id']).toBeNull();
    expect(await desk.mayRead(shop, giver)).toBe(false);
    expect((await signIn(someone())).status).toBe(400);
  });

  test('becomes the customer’s who has the address, once it is proven, and stays so when the address changes', async () => {
    const to = someone();
    const friend = await seedCustomer(shop, to);
    await seedPurchase(shop, await seedWare(shop, { content: 'blog/other' }), friend);
    const { id } = await given({ to_email: to });
    await desk.mail(id);
    await desk.accept(giftLinkIn(desk.mails[0]));
    // The link was read by whoever has the mailbox; what the customer bought stays closed to it.
    expect(await desk.mayRead(shop, friend)).toBe(false);
    const { body } = await signIn(to);
    expect(body.subject['customer_id']).toBe(friend);
    expect(await desk.mayRead(shop, body.session)).toBe(true);
    await env.DB.prepare('update customers set email = ? where id = ?').bind(someone(), friend).run();
    expect(await desk.mayRead(shop, friend)).toBe(true);
    expect((await desk.show(shop, id)).body.recipient).toMatchObject({ customer_id: friend });
  });

  test('is refused while the gateway sends no mail', async () => {
    const { paymentId } = await seedBought(shop);
    const unable = openGiftDesk({ FLOE_MAIL_FROM: '' });
    const { status, body } = await unable.give(shop, { payment: paymentId, to_email: someone() });
    expect([status, body.code]).toEqual([503, 'mail_not_configured']);
  });

  test('is sent at its time, not before', async () => {
    const { id } = await given({
      to_email: someone(),
      send_at: new Date(Date.now() + 3 * DAY).toISOString(),
    });
    await desk.mail(id);
    expect(desk.mails).toEqual([]);
    later(3 * DAY + 1000);
    await desk.mail(id);
    expect(desk.mails).toHaveLength(1);
    const { claim_url: link } = (await desk.resend(shop, id, {})).body;
    expect(link).toBeNull();
  });

  test('that is not taken is tried again and shown; then it is given up, and a new link tries once more', async () => {
    const { id } = await given({ to_email: someone() });
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let attempt = 1; attempt <= 8; attempt++) {
      desk.trouble.mail = 2;
      vi.setSystemTime(Date.now() + 2 * DAY);
      await desk.mail(id);
    }
    expect(desk.mails).toEqual([]);
    const { body } = await desk.show(shop, id);
    expect(body.mail).toMatchObject({ status: 'failed', attempts: 8, error: 'Error E_RECIPIENT_SUPPRESSED' });
    desk.trouble.mail = 0;
    await desk.resend(shop, id, { to_email: someone() });
    await desk.mail(id);
    expect(desk.mails).toHaveLength(1);
  });

  test('whose note was lost after the mail goes out again with the same link', async () => {
    const { id } = await given({ to_email: someone() });
    await desk.mail(id);
    await env.DB.prepare('update gifts set mailed_at = null, mail_at = 0 where id = ?').bind(id).run();
    await desk.mail(id);
    const [first, second] = desk.mails.map(giftLinkIn);
    expect(second).toBe(first);
  });

  test('sent anew, its former link is dead', async () => {
    const { id } = await given({ to_email: someone() });
    await desk.mail(id);
    expect((await desk.resend(shop, id)).status).toBe(200);
    expect((await desk.resend(shop, id)).status).toBe(429);
    await desk.mail(id);
    const [first = '', second = ''] = desk.mails.map(giftLinkIn);
    expect(second).not.toBe(first);
    expect((await desk.open(first, new Map())).status).toBe(404);
    expect((await desk.accept(second)).status).toBe(200);
  });

  test('is not sent once the gift was claimed, taken back or refunded', async () => {
    const claimed = await given({ to_email: someone() });
    const canceled = await given({ to_email: someone() });
    const refunded = await given({ to_email: someone() });
    await desk.cancel(shop, canceled.id);
    await refundWhole(refunded.paymentId);
    await env.DB.prepare("update gifts set claimed_at = 1, claimed_by = 'app' where id = ?")
      .bind(claimed.id)
      .run();
    for (const { id } of [claimed, canceled, refunded]) await desk.mail(id);
    expect(desk.mails).toEqual([]);
    expect((await desk.show(shop, refunded.id)).body.mail).toMatchObject({ status: 'stopped' });
  });
});

describe('a recipient', () => {
  test('who typed an address at the page finds the gift by it; the giver’s sessions list does not have theirs', async () => {
    const { link, giver } = await given();
    const email = someone();
    await desk.arrive(shop, await desk.accept(link, { email }));
    const { body } = await signIn(email);
    expect(await desk.mayRead(shop, body.session)).toBe(true);
    const list = await desk.send('GET', `/v1/sessions?customer=${giver}`, { key: shop.secretKey });
    expect(list.body.data).toEqual([]);
    // Whoever proves the giver's address gets nothing of it.
    const own = await env.DB.prepare('select email from customers where id = ?')
      .bind(giver)
      .first<string>('email');
    const asGiver = await signIn(own ?? '');
    expect(await desk.mayRead(shop, asGiver.body.session)).toBe(false);
  });

  test('named by Polar’s id has it, and so does every external id of that customer', async () => {
    const { link } = await given();
    const friend = await seedCustomer(shop, someone());
    await seedExternal(shop, 'friend', friend);
    await desk.claim(shop, link, friend);
    expect(await desk.mayRead(shop, friend)).toBe(true);
    expect(await desk.mayRead(shop, 'external:friend')).toBe(true);
  });

  test('is not kept out by the giver’s subscription, and has nothing of it', async () => {
    const { link, giver } = await given();
    const ware = await seedWare(shop, { content: 'club/all' });
    await seedSubscription(shop, { customerId: giver, productId: ware.productId });
    await desk.claim(shop, link, 'external:friend');
    const ask = async (who: string) =>
      (
        await desk.send('GET', `/v1/access?max_age=0&resource=product:${ware.productId}&customer=${who}`, {
          key: shop.secretKey,
        })
      ).body.allow;
    expect([await ask(giver), await ask('external:friend')]).toEqual([true, false]);
  });
});
