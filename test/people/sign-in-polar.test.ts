import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, createWorld, ORIGIN, type TestApp, type World } from '../harness/harness.ts';
import { codeIn, type Desk, openDesk } from './sign-in-calls.ts';
import { deliver, record, startPayment, type Told } from '../harness/story.ts';

/* Whom an address stands for, as Polar tells of it: a team, its members, and strangers who type an address. */

const MEMORY_MS = 30_000;
const EX = 'ex@readers.dev';

let world: World;
let quay: TestApp;
let desk: Desk;
let team: string;
let solo: { id: string };

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  const desks = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/products/', {
    name: 'quay:desks',
    recurring_interval: 'month',
    prices: [
      {
        amount_type: 'seat_based',
        price_currency: 'usd',
        seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] },
      },
    ],
  });
  solo = await world.createProduct({
    name: 'quay:lifetime',
    price: 900,
    benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/one' } }],
  });
  await buy(desks.id, 'owner@readers.dev', { seats: 3 });
  await buy(solo.id, 'owner@readers.dev');
  team = (await env.DB.prepare('select customer_id from subscriptions').first<string>('customer_id')) ?? '';
  desk = openDesk();
});

afterEach(() => {
  vi.useRealTimers();
});

async function buy(productId: string, email: string, more: Record<string, unknown> = {}) {
  const { checkoutUrl } = await startPayment(quay, productId, more);
  await world.pay('sandbox', checkoutUrl, { email });
  await world.settle();
}

interface Member {
  id: string;
}
const members = (method: string, path = '', body?: object) =>
  world.polar<Member>('sandbox', method, `/v1/customers/${team}/members${path}`, body);

/** A second owner of the team. */
async function addOwner(email = EX): Promise<Member> {
  const member = await members('POST', '', { email });
  await members('PATCH', `/${member.id}`, { role: 'owner' });
  await world.settle();
  return member;
}

const shop = () => ({ app: quay, ...quay }) as unknown as Parameters<Desk['ask']>[0];

/** What signing in gives; undefined when no mail comes. */
async function trySignIn(email: string) {
  const before = desk.mails.length;
  const { attempt, browser_token } = (await desk.ask(shop(), email)).body;
  const mail = desk.mails[before];
  return mail && (await desk.verify(shop(), { attempt, browser_token, code: codeIn(mail) })).body;
}

async function signIn(email: string) {
  const body = await trySignIn(email);
  if (!body) throw new Error(`no mail came to ${email}`);
  return body;
}

const status = async (key: string) => (await desk.send('GET', '/v1/session', { key })).status;
const mayRead = async (key: string) =>
  (await desk.send('GET', '/v1/access?max_age=0&resource=content:blog/one', { key })).body?.allow;
const subjectOf = async (email: string) => (await trySignIn(email))?.subject;

describe('attack: who owned a team', () => {
  test('and was removed signs in no more, and the session from before ends within 30 s', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const member = await addOwner();
    const { session } = await signIn(EX);
    const owner = await signIn('owner@readers.dev');
    expect(await mayRead(session)).toBe(true);
    await members('DELETE', `/${member.id}`);
    await world.settle();
    expect(await trySignIn(EX)).toBeUndefined();
    vi.setSystemTime(Date.now() + MEMORY_MS);
    expect([await status(session), await mayRead(session)]).toEqual([401, undefined]);
    expect(await mayRead(owner.session)).toBe(true);
  });

  test('and is a mere member now signs in as that, and the session of the whole customer ends', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const member = await addOwner();
    const { session } = await signIn(EX);
    expect(await status(session)).toBe(200);
    await members('PATCH', `/${member.id}`, { role: 'member' });
    await world.settle();
    expect(await subjectOf(EX)).toMatchObject({ customer_id: team, member_id: member.id });
    vi.setSystemTime(Date.now() + MEMORY_MS);
    expect(await status(session)).toBe(401);
  });

  test('under an address that is another’s now has no session left; what the app vouched for is the app’s', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const member = await addOwner();
    const { session } = await signIn(EX);
    const vouched = await call<{ session: string }>('POST', '/v1/sessions', {
      key: quay.secretKey,
      body: { customer: team },
    });
    await members('PATCH', `/${member.id}`, { email: 'successor@readers.dev' });
    await world.settle();
    vi.setSystemTime(Date.now() + MEMORY_MS);
    expect([await status(session), await status(vouched.body.session)]).toEqual([401, 200]);
    expect(await subjectOf('successor@readers.dev')).toMatchObject({ customer_id: team, member_id: null });
  });

  test('and is removed between the guess and its session has one that is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const member = await addOwner();
    let batches = -Infinity;
    const DB = new Proxy(env.DB, {
      get(target, name) {
        if (name === 'batch')
          return async (statements: D1PreparedStatement[]) => {
            batches += 1;
            // The first counts the guess and reads whose the address is, the second makes the session.
            if (batches === 2) {
              await members('DELETE', `/${member.id}`);
              await world.settle();
            }
            return target.batch(statements);
          };
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    desk = openDesk({ DB });
    const { attempt, browser_token } = (await desk.ask(shop(), EX)).body;
    batches = 0;
    const { body } = await desk.verify(shop(), { attempt, browser_token, code: codeIn(desk.mails[0]) });
    expect(batches).toBe(2);
    vi.setSystemTime(Date.now() + MEMORY_MS);
    expect([await status(body.session), await mayRead(body.session)]).toEqual([401, undefined]);
  });
});

describe('attack: who has changed the address of a purchase', () => {
  const [OLD, NEW] = ['old@readers.dev', 'new@readers.dev'];
  const countOwners = () =>
    env.DB.prepare(
      "select count(*) as n from snapshots where kind = 'member' and data ->> '$.role' = 'owner'",
    ).first<number>('n');

  /** A buyer of one's own, no team: Polar gives such a customer one member, who owns it. */
  async function buyAndMove(): Promise<{ customer: string; session: string }> {
    await buy(solo.id, OLD);
    expect(await countOwners()).toBe(2);
    const { session, subject } = await signIn(OLD);
    const customer = String(subject.customer_id);
    await world.polar('sandbox', 'PATCH', `/v1/customers/${customer}`, { email: NEW });
    return { customer, session };
  }

  test('signs in with the new one alone, and the session of the old one ends within 30 s', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { customer, session } = await buyAndMove();
    await world.settle();
    vi.setSystemTime(Date.now() + MEMORY_MS);
    expect([await status(session), await trySignIn(OLD)]).toEqual([401, undefined]);
    expect(await subjectOf(NEW)).toMatchObject({ customer_id: customer, member_id: null });
  });

  test('nor with the old one when the member’s own event comes last, or Polar’s state never came', async () => {
    const told = await record(world, async () => {
      await buy(solo.id, OLD);
    });
    const created = told.find(({ type, body }) => type === 'member.created' && body.includes(OLD));
    if (!created) throw new Error('Polar told of no member');
    for (const each of told) if (each !== created) await deliver(world, each);
    const customer = await env.DB.prepare('select id from customers where email = ?')
      .bind(OLD)
      .first<string>('id');
    await world.polar('sandbox', 'PATCH', `/v1/customers/${customer}`, { email: NEW });
    await world.settle();
    await deliver(world, { ...created, webhookId: 'late' });
    expect(await trySignIn(OLD)).toBeUndefined();
    await env.DB.prepare("delete from snapshots where kind = 'customer_state'").run();
    await env.DB.prepare(
      "update snapshots set data = json_set(data, '$.email', ?) where data ->> '$.email' = ?",
    )
      .bind(OLD, NEW)
      .run();
    expect(await trySignIn(OLD)).toBeUndefined();
    expect(await subjectOf(NEW)).toMatchObject({ customer_id: customer });
  });

  test('nor with the old one once the customer is a team', async () => {
    const { customer } = await buyAndMove();
    await world.settle();
    await world.polar('sandbox', 'PATCH', `/v1/customers/${customer}`, { type: 'team' });
    await world.polar('sandbox', 'POST', `/v1/customers/${customer}/members`, { email: EX });
    await world.settle();
    expect(await trySignIn(OLD)).toBeUndefined();
    expect(await subjectOf(NEW)).toMatchObject({ customer_id: customer, member_id: null });
  });
});

describe('a removed member', () => {
  /** What Polar tells of a member who becomes an owner and is then removed. */
  async function recordRemoval(): Promise<[updated: Told, deleted: Told, id: string]> {
    const member = await members('POST', '', { email: EX });
    await world.settle();
    const told = await record(world, async () => {
      await members('PATCH', `/${member.id}`, { role: 'owner' });
      await members('DELETE', `/${member.id}`);
      await world.settle();
    });
    const [updated, deleted] = ['member.updated', 'member.deleted'].map((type) =>
      told.find((each) => each.type === type),
    );
    if (!updated || !deleted) throw new Error('Polar told of no removal');
    return [updated, deleted, member.id];
  }

  test('stays away when an older update comes late', async () => {
    const [updated, deleted] = await recordRemoval();
    await deliver(world, deleted);
    await deliver(world, updated);
    expect(await trySignIn(EX)).toBeUndefined();
  });

  test('stays away when the update has the very same times, whichever comes first', async () => {
    const [updated, deleted] = await recordRemoval();
    const { timestamp, data } = JSON.parse(updated.body) as { timestamp: string; data: object };
    const atOnce = { ...deleted, body: JSON.stringify({ type: deleted.type, timestamp, data }) };
    const again = { ...updated, webhookId: 'again' };
    for (const told of [updated, atOnce, again]) await deliver(world, told);
    expect(await trySignIn(EX)).toBeUndefined();
  });

  test('is back when a newer update says so', async () => {
    const [, deleted, id] = await recordRemoval();
    await deliver(world, deleted);
    const { data } = JSON.parse(deleted.body) as { data: object };
    const at = new Date(Date.now() + 60_000).toISOString();
    const back = { type: 'member.updated', timestamp: at, data: { ...data, modified_at: at } };
    await deliver(world, { type: back.type, webhookId: 'back', body: JSON.stringify(back) });
    expect(await subjectOf(EX)).toMatchObject({ customer_id: team });
    expect(id).not.toBe('');
  });
});

test('attack: a stranger’s checkout with a declined card keeps a seat holder out of nothing', async () => {
  const subscription = await env.DB.prepare('select id from subscriptions').first<string>('id');
  const seat = await world.polar<{ member_id: string }>('sandbox', 'POST', '/v1/customer-seats', {
    subscription_id: subscription,
    email: 'member@readers.dev',
    immediate_claim: true,
  });
  await world.settle();
  const holder = { customer_id: team, member_id: seat.member_id };
  expect(await subjectOf('member@readers.dev')).toMatchObject(holder);
  const started = await call<{ url: string }>('POST', '/v1/checkout', {
    key: quay.publishableKey,
    headers: { origin: ORIGIN },
    body: { product_id: solo.id, email: 'member@readers.dev' },
  });
  await world.pay('sandbox', started.body.url, { email: 'member@readers.dev', decline: true });
  await world.settle();
  expect(
    await env.DB.prepare(
      "select count(*) as n from payments where status = 'pending' and customer_id is not null",
    ).first('n'),
  ).toBe(1);
  const after = await signIn('member@readers.dev');
  expect(after.subject).toMatchObject(holder);
  expect(after.others).toHaveLength(1);
});
