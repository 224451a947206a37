import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ORIGIN,
  seedExternal,
  seedGrant,
  seedOrder,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedSnapshot,
  seedSubscription,
  seedWare,
  type Shop,
  uuid,
} from '../access/access-rows.ts';
import { codeIn, type Desk, linkIn, openDesk, seedCustomer, someone, wrongCode } from './sign-in-calls.ts';

const RETURN_URL = `${ORIGIN}/thanks/signed-in`;
const MINUTE = 60_000;

let desk: Desk;
let shop: Shop;

beforeEach(async () => {
  // What visitors of all apps may ask in a minute is for each test, not for all of the file.
  await env.DB.prepare('delete from polar_budgets').run();
  desk = openDesk();
  shop = await seedShop();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Somebody who has bought `content:blog/premium` in the shop: with the one member that Polar gives each customer. */
async function seedReader(owner: Shop = shop, email = someone()) {
  const customerId = await seedCustomer(owner, email);
  await seedSnapshot(owner, { kind: 'member', customerId, data: { email, role: 'owner' } });
  const ware = await seedWare(owner, { content: 'blog/premium' });
  const { paymentId } = await seedPurchase(owner, ware, customerId, { customerEmail: email });
  return { email, customerId, paymentId };
}

/** Asks for a code and reads it from the mail. */
async function askFor(email: string, owner: Shop = shop, more: Record<string, unknown> = {}) {
  const before = desk.mails.length;
  const { body } = await desk.ask(owner, email, more);
  const mail = desk.mails[before];
  return {
    attempt: body.attempt,
    browser_token: body.browser_token,
    code: codeIn(mail),
    mail,
  };
}

const proofOf = ({ attempt, browser_token, code }: Awaited<ReturnType<typeof askFor>>) => ({
  attempt,
  browser_token,
  code,
});
const mayRead = async (session: unknown) =>
  (
    await desk.send('GET', '/v1/access?max_age=0&resource=content:blog/premium', {
      key: String(session),
    })
  ).body?.allow;
const countSessions = () => env.DB.prepare('select count(*) as n from sessions').first<number>('n');

describe('signing in by mail', () => {
  test('a code gives the customer’s session, on a browser that never bought anything', async () => {
    const { email, customerId } = await seedReader();
    const asked = await askFor(email);
    const { status, body } = await desk.verify(shop, proofOf(asked));
    expect(status).toBe(200);
    expect(body).toEqual({
      session: expect.stringMatching(/^floe_st_live_/),
      expires_at: expect.any(String),
      subject: { payment_id: null, customer_id: customerId, external_id: null, member_id: null },
      replaced: false,
      others: [],
    });
    expect(await mayRead(body.session)).toBe(true);
    const { body: session } = await desk.send('GET', '/v1/session', { key: body.session });
    expect(session).toMatchObject({ proof: 'email', email: `${email[0]}…@readers.dev`, holder: 'app' });
  });

  test('so does the link in the mail, which leads to the app’s page with the proof in the fragment', async () => {
    const { email, customerId } = await seedReader();
    const { attempt, browser_token, mail } = await askFor(email, shop, { return_url: RETURN_URL });
    const link = linkIn(mail);
    expect(link).toMatchObject({ page: RETURN_URL, attempt });
    const { body } = await desk.verify(shop, { attempt, browser_token, link_token: link.token });
    expect(body.subject.customer_id).toBe(customerId);
  });

  test('the mail says what it is for, in text and HTML, with nothing secret in its subject', async () => {
    const { email } = await seedReader();
    const { mail, code } = await askFor(email, shop, { return_url: RETURN_URL });
    expect(mail).toMatchObject({
      to: email,
      from: { name: shop.app.name, email: 'sign-in@floe.test-gateway.dev' },
      subject: `Sign in to ${shop.app.name}`,
    });
    expect(mail?.text).toContain('15 minutes');
    expect(mail?.html).toContain(`${code.slice(0, 3)} ${code.slice(3)}`);
    expect(mail?.html).toContain(`href="${RETURN_URL}#floe_sign_in=`);
  });

  test('goes to the address as Polar has it, however it was typed', async () => {
    const email = someone();
    await seedReader(shop, email.replace('reader', 'Reader'));
    const { mail } = await askFor(email.toUpperCase());
    expect(mail?.to).toBe(email.replace('reader', 'Reader'));
  });

  test('a code may be typed with a space or a hyphen', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email);
    const code = `${asked.code.slice(0, 3)}-${asked.code.slice(3)} `;
    expect((await desk.verify(shop, { ...proofOf(asked), code })).status).toBe(200);
  });

  test('nobody is written to who is not known here: strangers, deleted customers, other apps’ and other modes’', async () => {
    const deleted = someone();
    const customerId = await seedCustomer(shop, deleted, { deletedAt: Date.now() });
    await seedPayment(shop, { customerId });
    const elsewhere = await seedReader(await seedShop());
    const sandbox = await seedReader(await seedShop('sandbox', shop.app.product));
    const merelyThere = someone();
    await seedCustomer(shop, merelyThere);
    const ofDeleted = someone();
    await seedSnapshot(shop, { kind: 'member', customerId, data: { email: ofDeleted, role: 'member' } });
    const removed = someone();
    const team = await seedCustomer(shop, null);
    await seedPayment(shop, { customerId: team });
    await seedSnapshot(shop, {
      kind: 'member',
      customerId: team,
      status: 'deleted',
      data: { email: removed, role: 'owner' },
    });
    const nobody = [someone(), deleted, elsewhere.email, sandbox.email, merelyThere, ofDeleted, removed];
    for (const email of nobody) expect((await desk.ask(shop, email)).status).toBe(202);
    expect(desk.mails).toEqual([]);
  });

  test('a member of a team gets what that member has; who owns the team is its customer', async () => {
    const customerId = await seedCustomer(shop, null);
    await seedPayment(shop, { customerId });
    const [member, owner, seated] = [someone(), someone(), someone()];
    const memberId = uuid();
    const seatedId = uuid();
    await seedSnapshot(shop, {
      kind: 'member',
      id: memberId,
      customerId,
      data: { email: member, role: 'member' },
    });
    await seedSnapshot(shop, { kind: 'member', customerId, data: { email: owner, role: 'owner' } });
    await seedSnapshot(shop, {
      kind: 'seat',
      customerId,
      status: 'claimed',
      data: { customer_email: seated, member_id: seatedId },
    });
    await seedSnapshot(shop, {
      kind: 'seat',
      customerId,
      status: 'pending',
      data: { customer_email: 'invited@readers.dev', member_id: uuid() },
    });
    const subjectOf = async (email: string) =>
      (await desk.verify(shop, proofOf(await askFor(email)))).body.subject;
    expect(await subjectOf(member)).toMatchObject({ customer_id: customerId, member_id: memberId });
    expect(await subjectOf(seated)).toMatchObject({ customer_id: customerId, member_id: seatedId });
    expect(await subjectOf(owner)).toMatchObject({ customer_id: customerId, member_id: null });
    expect((await askFor('invited@readers.dev')).mail).toBeUndefined();
  });

  test('an address gets five mails an hour, also when asked for at once; then silence, the same answer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { email } = await seedReader();
    const answers = await Promise.all(Array.from({ length: 8 }, () => desk.ask(shop, email)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(202));
    expect(desk.mails).toHaveLength(5);
    vi.setSystemTime(Date.now() + 61 * MINUTE);
    await desk.ask(shop, email);
    expect(desk.mails).toHaveLength(6);
  });

  test('attack: whoever asks at another app, or while an address is unknown here, takes no mail from its owner', async () => {
    const email = someone();
    const other = await seedShop();
    for (const asked of [other, shop]) for (let i = 0; i < 6; i++) await desk.ask(asked, email);
    expect(desk.mails).toEqual([]);
    const { customerId } = await seedReader(shop, email);
    await seedPayment(other, { customerId });
    for (let i = 0; i < 6; i++) await desk.ask(other, email);
    expect(desk.mails).toHaveLength(5);
    for (let i = 0; i < 6; i++) await desk.ask(shop, email);
    expect(desk.mails).toHaveLength(10);
  });

  test('an address gets fifteen mails an hour from all apps together, those of the other mode not counted', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { email, customerId } = await seedReader();
    const shops = [shop, await seedShop(), await seedShop(), await seedShop()];
    for (const other of shops.slice(1)) await seedPayment(other, { customerId });
    const sandbox = await seedShop('sandbox', shop.app.product);
    await seedReader(sandbox, email);
    for (const each of [...shops, sandbox]) for (let i = 0; i < 5; i++) await desk.ask(each, email);
    expect(desk.mails).toHaveLength(15 + 5);
    vi.setSystemTime(Date.now() + 61 * MINUTE);
    const last = shops.at(-1) ?? shop;
    for (let i = 0; i < 5; i++) await desk.ask(sandbox, email);
    for (let i = 0; i < 5; i++) await desk.ask(last, email);
    expect(desk.mails).toHaveLength(20 + 10);
  });

  test('a mail that is not taken is sent once more; failing again is the operator’s to see', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { email } = await seedReader();
    desk.trouble.mail = 1;
    expect((await askFor(email)).code).toMatch(/^\d{6}$/);
    desk.trouble.mail = 2;
    const { status } = await desk.ask(shop, email);
    expect([status, desk.mails.length]).toEqual([202, 1]);
    const logged = String(error.mock.calls[0]?.[0]);
    expect(logged).toContain('a sign-in mail was not sent');
    expect(logged).toContain('E_RECIPIENT_SUPPRESSED');
    for (const call of error.mock.calls) expect(String(call[0])).not.toContain(email);
  });

  test('a gateway without mail says so', async () => {
    desk = openDesk({ FLOE_MAIL_FROM: '' });
    const { status, body } = await desk.ask(shop, someone());
    expect([status, body.code]).toEqual([503, 'mail_not_configured']);
    expect((await desk.send('GET', `/sign-in?app=${shop.app.slug}`)).status).toBe(503);
  });

  test('asking again leaves the first code right', async () => {
    const { email } = await seedReader();
    const [first, second] = [await askFor(email), await askFor(email)];
    expect((await desk.verify(shop, proofOf(first))).status).toBe(200);
    expect((await desk.verify(shop, proofOf(second))).status).toBe(200);
  });

  test('what is old is deleted, once it no longer counts', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { createServices } = await import('../../src/wiring.ts');
    const { pruneExpired } = await import('../../src/operate/prune-records.ts');
    await askFor(someone());
    const left = async () => {
      await pruneExpired(createServices(env, { waitUntil: () => undefined }));
      return env.DB.prepare('select count(*) as n from sign_in_attempts where app_id = ?')
        .bind(shop.app.id)
        .first<number>('n');
    };
    expect(await left()).toBe(1);
    vi.setSystemTime(Date.now() + 61 * MINUTE);
    expect(await left()).toBe(0);
  });
});

describe('a purchase-only session', () => {
  test('widens to the customer whose purchase it is, and is replaced by another token', async () => {
    const { email, customerId, paymentId } = await seedReader();
    const old = await seedSession(shop, { paymentId });
    const { body } = await desk.verify(shop, { ...proofOf(await askFor(email)), session: old });
    expect(body).toMatchObject({
      replaced: true,
      subject: { payment_id: paymentId, customer_id: customerId },
    });
    expect(body.session).not.toBe(old);
    expect(await mayRead(body.session)).toBe(true);
    expect((await desk.send('GET', '/v1/session', { key: old })).status).toBe(401);
  });

  test('is not lost when somebody else signs in beside it', async () => {
    const { paymentId } = await seedReader();
    const other = await seedReader();
    const old = await seedSession(shop, { paymentId });
    const { body } = await desk.verify(shop, { ...proofOf(await askFor(other.email)), session: old });
    expect(body).toMatchObject({
      replaced: false,
      subject: { payment_id: null, customer_id: other.customerId },
    });
    expect((await desk.send('GET', '/v1/session', { key: old })).status).toBe(200);
  });

  test('attack: a victim’s e-mail typed at checkout opens nothing of the victim’s, and does not widen without the mail', async () => {
    const victim = await seedReader();
    const cheap = await seedWare(shop, { content: 'cheap', name: 'cheap' });
    // Polar takes whoever typed the address for the customer.
    const bought = await seedPurchase(shop, cheap, victim.customerId, { customerEmail: victim.email });
    const stolen = await seedSession(shop, { paymentId: bought.paymentId });
    expect(await mayRead(stolen)).toBe(false);
    const { attempt, browser_token, code } = await askFor(victim.email);
    const { status } = await desk.verify(shop, {
      attempt,
      browser_token,
      code: wrongCode(code),
      session: stolen,
    });
    expect(status).toBe(400);
    const own = await seedReader();
    const { body } = await desk.verify(shop, { ...proofOf(await askFor(own.email)), session: stolen });
    expect(body).toMatchObject({ replaced: false, subject: { customer_id: own.customerId } });
    expect(await mayRead(stolen)).toBe(false);
  });

  test('attack: session fixation: a token that was known before knows nothing after', async () => {
    const { email, paymentId } = await seedReader();
    const planted = await seedSession(shop, { paymentId });
    // It is in this isolate's memory, as one that is in use is.
    expect((await desk.send('GET', '/v1/session', { key: planted })).status).toBe(200);
    const { body } = await desk.verify(shop, { ...proofOf(await askFor(email)), session: planted });
    expect((await desk.send('GET', '/v1/session', { key: planted })).status).toBe(401);
    const again = await desk.verify(shop, {
      ...proofOf(await askFor(email)),
      session: body.session,
    });
    expect(again.body.session).not.toBe(body.session);
    expect((await desk.send('GET', '/v1/session', { key: body.session })).status).toBe(401);
  });

  test('attack: a session of the gateway’s own pages is not ended by an app that names it', async () => {
    const { email, customerId } = await seedReader();
    const visit = await seedSession(shop, { customerId, proof: 'email', email, holder: 'gateway' });
    const { body } = await desk.verify(shop, { ...proofOf(await askFor(email)), session: visit });
    expect(body.replaced).toBe(false);
    const ended = env.DB.prepare(
      'select count(*) as n from sessions where revoked_at is not null and app_id = ?',
    );
    expect(await ended.bind(shop.app.id).first('n')).toBe(0);
  });

  test('attack: another app’s session is neither ended nor taken over', async () => {
    const { email, customerId } = await seedReader();
    const other = await seedShop();
    const paymentId = await seedPayment(other, { customerId });
    const theirs = await seedSession(other, { paymentId });
    const { body } = await desk.verify(shop, { ...proofOf(await askFor(email)), session: theirs });
    expect(body).toMatchObject({ replaced: false, subject: { payment_id: null } });
    expect((await desk.send('GET', '/v1/session', { key: theirs })).status).toBe(200);
  });
});

describe('an address that is several', () => {
  /** A team that owns something, with a member who holds a seat. */
  async function seedTeam(email: string, row: { version?: number; role?: string } = {}) {
    const customerId = await seedCustomer(shop, null);
    const memberId = uuid();
    const content = `team/${memberId}`;
    const ware = await seedWare(shop, { content });
    const { orderId } = await seedPurchase(shop, ware, customerId);
    const { benefitId } = ware;
    await seedGrant(shop, { customerId, benefitId, orderId, memberId, memberRole: 'member' });
    const { role = 'member', ...version } = row;
    await seedSnapshot(shop, { kind: 'member', id: memberId, customerId, data: { email, role }, ...version });
    return { customerId, memberId, content };
  }
  const signIn = async (email: string, more: object = {}) =>
    (await desk.verify(shop, { ...proofOf(await askFor(email)), ...more })).body;
  const subjectsOf = (body: { subject: object; others: { subject: object }[] }) =>
    [body, ...body.others].map(({ subject }) => subject);
  const whom = (customerId: string, memberId: string | null = null, paymentId: string | null = null) => ({
    payment_id: paymentId,
    customer_id: customerId,
    external_id: null,
    member_id: memberId,
  });

  test('attack: a checkout with a member’s address and a declined card keeps that member out of nothing', async () => {
    const email = someone();
    const team = await seedTeam(email);
    const strange = await seedCustomer(shop, email);
    await seedPayment(shop, { customerId: strange, status: 'pending' });
    const body = await signIn(email);
    expect(subjectsOf(body)).toEqual([whom(team.customerId, team.memberId), whom(strange)]);
    const path = `/v1/access?max_age=0&resource=content:${team.content}`;
    expect((await desk.send('GET', path, { key: body.session })).body.allow).toBe(true);
  });

  test('a seat holder who buys too, and holds two seats, has a session of each, what is their own first', async () => {
    const email = someone();
    const older = await seedTeam(email, { version: 1 });
    const newer = await seedTeam(email, { version: 2 });
    const own = await seedReader(shop, email);
    const body = await signIn(email);
    expect(body).toMatchObject({ replaced: false });
    expect(subjectsOf(body)).toEqual([
      whom(own.customerId),
      whom(newer.customerId, newer.memberId),
      whom(older.customerId, older.memberId),
    ]);
    const sessions = [body, ...body.others];
    expect(new Set(sessions.map(({ session }) => session)).size).toBe(3);
    for (const { session, expires_at, subject } of sessions) {
      expect(Date.parse(expires_at)).toBeGreaterThan(Date.now());
      const described = await desk.send('GET', '/v1/session', { key: session });
      expect(described.body).toMatchObject({ proof: 'email', holder: 'app', subject });
    }
  });

  test.each(['grants', 'orders', 'subscriptions', 'app_customers', 'payments'] as const)(
    'a customer who owns something by %s comes before a member',
    async (table) => {
      const email = someone();
      await seedTeam(email);
      const customerId = await seedCustomer(shop, email);
      const { benefitId, productId } = await seedWare(shop);
      if (table === 'grants') await seedGrant(shop, { customerId, benefitId });
      if (table === 'orders') await seedOrder(shop, { customerId });
      if (table === 'subscriptions') await seedSubscription(shop, { customerId, productId });
      if (table === 'app_customers') await seedExternal(shop, uuid(), customerId);
      if (table === 'payments') await seedPayment(shop, { customerId });
      expect((await signIn(email)).subject).toEqual(whom(customerId));
    },
  );

  test('has four sessions at most, the newest; who owns a team is its customer, once', async () => {
    const email = someone();
    const teams = [];
    for (let version = 1; version <= 5; version++) teams.push(await seedTeam(email, { version }));
    const own = await seedReader(shop, email);
    await seedSnapshot(shop, {
      kind: 'member',
      customerId: own.customerId,
      data: { email, role: 'owner' },
    });
    const newest = teams.slice(2).toReversed();
    expect(subjectsOf(await signIn(email))).toEqual([
      whom(own.customerId),
      ...newest.map(({ customerId, memberId }) => whom(customerId, memberId)),
    ]);
  });

  test('attack: teams of others that name an address push out neither what it paid for nor its seat with a grant', async () => {
    const email = someone();
    const seat = await seedTeam(email, { version: 1 });
    const own = await seedReader(shop, email);
    const strange = [];
    for (const role of ['member', 'member', 'member', 'member', 'owner', 'owner', 'owner', 'owner']) {
      const customerId = await seedCustomer(shop, null);
      await seedPayment(shop, { customerId });
      await seedSnapshot(shop, { kind: 'member', customerId, data: { email, role } });
      strange.push({ customerId, role });
    }
    const [first, ...others] = subjectsOf(await signIn(email));
    expect(first).toEqual(whom(own.customerId));
    expect(others).toContainEqual(whom(seat.customerId, seat.memberId));
  });

  test('replaces the session that any of the new ones covers, and only that one has its purchase', async () => {
    const email = someone();
    const team = await seedTeam(email);
    const own = await seedReader(shop, email);
    const bought = await seedSession(shop, { paymentId: own.paymentId });
    const body = await signIn(email, { session: bought });
    expect(body.replaced).toBe(true);
    expect(subjectsOf(body)).toEqual([
      whom(own.customerId, null, own.paymentId),
      whom(team.customerId, team.memberId),
    ]);
    const [seat] = body.others;
    const again = await signIn(email, { session: seat?.session });
    expect(again.replaced).toBe(true);
    const status = async (key: string) => (await desk.send('GET', '/v1/session', { key })).status;
    expect([await status(bought), await status(seat?.session ?? ''), await status(body.session)]).toEqual([
      401, 401, 200,
    ]);
  });

  test('a seat whose member has another address now, or is gone, is not who it was', async () => {
    const email = someone();
    for (const row of [
      { data: { email: someone(), role: 'member' } },
      { status: 'deleted', data: { email } },
    ]) {
      const customerId = await seedCustomer(shop, null);
      const memberId = uuid();
      await seedPayment(shop, { customerId });
      await seedSnapshot(shop, { kind: 'member', id: memberId, customerId, ...row });
      const data = { customer_email: email, member_id: memberId };
      await seedSnapshot(shop, { kind: 'seat', customerId, status: 'claimed', data });
    }
    await desk.ask(shop, email);
    expect(desk.mails).toEqual([]);
  });

  test('attack: used by two at once, one gets all sessions and the other none; one old session ends', async () => {
    const email = someone();
    await seedTeam(email);
    const { customerId } = await seedReader(shop, email);
    const asked = await askFor(email);
    const old = [await seedSession(shop, { customerId }), await seedSession(shop, { customerId })];
    const before = (await countSessions()) ?? 0;
    const answers = await Promise.all(
      old.map((session) => desk.verify(shop, { ...proofOf(asked), session })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await countSessions()).toBe(before + 2);
    const winner = answers.findIndex(({ status }) => status === 200);
    const alive = await Promise.all(old.map((key) => desk.send('GET', '/v1/session', { key })));
    expect(alive.map(({ status }) => status)).toEqual(winner === 0 ? [401, 200] : [200, 401]);
  });
});

describe('an Idempotency-Key', () => {
  const headers = () => ({ 'idempotency-key': uuid() });

  test('gives a lost answer of asking again: one attempt, one mail, whose code is right', async () => {
    const { email } = await seedReader();
    const once = headers();
    const first = await desk.ask(shop, email, {}, once);
    const again = await desk.ask(shop, email, {}, once);
    expect([again.status, again.body, desk.mails.length]).toEqual([202, first.body, 1]);
    const { attempt, browser_token } = again.body;
    const proof = { attempt, browser_token, code: codeIn(desk.mails[0]) };
    expect((await desk.verify(shop, proof)).status).toBe(200);
    const other = await desk.ask(shop, someone(), {}, once);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  test('attack: asking with one tells no more of an address than without', async () => {
    const { email } = await seedReader();
    await desk.ask(shop, someone(), {}, headers());
    const known = await desk.ask(shop, email, {}, headers());
    const unknown = await desk.ask(shop, someone(), {}, headers());
    expect([known.status, known.trips]).toEqual([unknown.status, unknown.trips]);
  });

  test('gives the sessions again when the answer of verifying was lost, and makes no others', async () => {
    const { email } = await seedReader();
    const proof = proofOf(await askFor(email));
    const once = headers();
    const first = await desk.verify(shop, proof, once);
    const made = await countSessions();
    for (let i = 0; i < 6; i++) {
      const again = await desk.verify(shop, proof, once);
      expect([again.status, again.body]).toEqual([200, first.body]);
    }
    expect(await countSessions()).toBe(made);
    expect(await mayRead(first.body.session)).toBe(true);
    const rows = await env.DB.prepare('select * from idempotency_keys').all();
    expect(JSON.stringify(rows.results)).not.toContain(first.body.session);
  });

  test('used by two at once makes one set of sessions', async () => {
    const { email } = await seedReader();
    const proof = proofOf(await askFor(email));
    const once = headers();
    const before = (await countSessions()) ?? 0;
    const answers = await Promise.all([1, 2, 3].map(() => desk.verify(shop, proof, once)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeGreaterThanOrEqual(1);
    for (const { status, body } of answers) {
      if (status === 200) expect(body).toEqual(good[0]?.body);
      else expect([status, body.code]).toEqual([409, 'idempotency_in_progress']);
    }
    expect(await countSessions()).toBe(before + 1);
  });

  test('attack: alone opens nothing: another code, another browser’s token or another key is refused', async () => {
    const { email } = await seedReader();
    const proof = proofOf(await askFor(email));
    const once = headers();
    await desk.verify(shop, proof, once);
    for (const changed of [{ code: wrongCode(proof.code) }, { browser_token: 'x' }]) {
      const { status, body } = await desk.verify(shop, { ...proof, ...changed }, once);
      expect([status, body.code]).toEqual([422, 'idempotency_mismatch']);
    }
    expect((await desk.verify(shop, proof, headers())).body.code).toBe('invalid_code');
  });

  test('attack: buys no guesses: each wrong one is counted, and leaves the key free for the right one', async () => {
    const { email } = await seedReader();
    const [proof, other] = [proofOf(await askFor(email)), proofOf(await askFor(email))];
    const once = headers();
    const wrong = { ...proof, code: wrongCode(proof.code) };
    for (let i = 0; i < 4; i++) expect((await desk.verify(shop, wrong, once)).status).toBe(400);
    expect((await desk.verify(shop, proof, once)).status).toBe(200);
    const keys = Array.from({ length: 5 }, () => headers());
    for (const key of keys) await desk.verify(shop, { ...other, code: wrongCode(other.code) }, key);
    expect((await desk.verify(shop, other, headers())).status).toBe(400);
  });
});

describe('while D1 is away', () => {
  const refused = ({ status, body, headers }: Awaited<ReturnType<Desk['verify']>>) => {
    expect([status, body.code]).toEqual([503, 'unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  };

  const logged: string[] = [];
  beforeEach(() => {
    logged.length = 0;
    vi.spyOn(console, 'error').mockImplementation((line) => void logged.push(String(line)));
  });

  test('asking says so, and sends nothing', async () => {
    const { email } = await seedReader();
    await desk.ask(shop, someone());
    desk.trouble.d1 = 0;
    refused(await desk.ask(shop, email));
    desk.trouble.d1 = Infinity;
    expect(desk.mails).toEqual([]);
  });

  test('behind the answer, nobody is written to and no mail of the hour is spent', async () => {
    const { email } = await seedReader();
    await desk.ask(shop, someone());
    for (let i = 0; i < 6; i++) {
      // The visitor is counted, and the attempt is written.
      desk.trouble.d1 = 2;
      expect((await desk.ask(shop, email)).status).toBe(202);
    }
    desk.trouble.d1 = Infinity;
    expect(desk.mails).toEqual([]);
    expect(logged).toHaveLength(6);
    for (const line of logged) {
      expect(line).toContain('a sign-in mail was not sent');
      expect(line).not.toContain(email);
    }
    expect((await askFor(email)).code).toMatch(/^\d{6}$/);
  });

  test.each([
    ['before the guess is counted', 0, undefined],
    ['before the sessions are made', 1, undefined],
    ['before the guess is counted, with a key', 1, 'k-1'],
    ['before the sessions are made, with a key', 2, 'k-2'],
  ])('verifying %s says so, and the code is right afterwards', async (_, d1, key) => {
    const { email, paymentId } = await seedReader();
    const proof = { ...proofOf(await askFor(email)), session: await seedSession(shop, { paymentId }) };
    const once = key === undefined ? {} : { 'idempotency-key': key };
    const before = await countSessions();
    desk.trouble.d1 = d1;
    refused(await desk.verify(shop, proof, once));
    desk.trouble.d1 = Infinity;
    expect(await countSessions()).toBe(before);
    expect((await desk.send('GET', '/v1/session', { key: proof.session })).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'] });
    // The key could not be given back: its lease ends by itself.
    vi.setSystemTime(Date.now() + 31_000);
    const { status, body } = await desk.verify(shop, proof, once);
    expect([status, body.replaced]).toEqual([200, true]);
  });
});

describe('attack: enumeration', () => {
  test('known and unknown addresses get the same answer after the same work of the database', async () => {
    const { email } = await seedReader();
    // What is remembered of the key is remembered for both.
    await desk.ask(shop, someone());
    const known = await desk.ask(shop, email);
    const unknown = await desk.ask(shop, someone());
    expect(desk.mails).toHaveLength(1);
    const shape = ({ status, headers, body }: typeof known) => ({
      status,
      headers: [...headers].filter(([name]) => name !== 'x-request-id'),
      lengths: Object.entries(body).map(([name, value]) => [name, String(value).length]),
    });
    expect(shape(known)).toEqual(shape(unknown));
    expect(known.trips.map((trip) => trip.length)).toEqual([3, 1, 2]);
    expect(known.trips).toEqual(unknown.trips);
  });

  test('the answer waits for no mail', async () => {
    const { email } = await seedReader();
    let release = () => {};
    desk.trouble.until = new Promise((resolve) => {
      release = resolve;
    });
    const { status } = await desk.send('POST', '/v1/sign-in', {
      key: shop.publishableKey,
      headers: { origin: ORIGIN },
      body: { email },
      onAnswer: () => {
        expect(desk.mails).toEqual([]);
        release();
      },
    });
    expect([status, desk.mails.length]).toEqual([202, 1]);
  });

  test('a wrong code looks and costs the same', async () => {
    const { email } = await seedReader();
    const [known, unknown] = [await askFor(email), await askFor(someone())];
    const guess = (asked: typeof known, code: string) => desk.verify(shop, { ...proofOf(asked), code });
    const a = await guess(known, wrongCode(known.code));
    const b = await guess(unknown, '123456');
    const { request_id: _a, ...ofKnown } = a.body;
    const { request_id: _b, ...ofUnknown } = b.body;
    expect([a.status, ofKnown]).toEqual([b.status, ofUnknown]);
    expect(a.trips).toEqual(b.trips);
  });

  test('an address that has had its mails is answered no differently', async () => {
    const { email } = await seedReader();
    for (let i = 0; i < 5; i++) await desk.ask(shop, email);
    const over = await desk.ask(shop, email);
    const unknown = await desk.ask(shop, someone());
    expect(desk.mails).toHaveLength(5);
    expect([over.status, over.trips]).toEqual([unknown.status, unknown.trips]);
  });
});

describe('attack: a code', () => {
  const refused = async (proof: Record<string, unknown>, owner: Shop = shop) => {
    const { status, body } = await desk.verify(owner, proof);
    expect([status, body.code]).toEqual([400, 'invalid_code']);
  };

  test('replayed opens nothing', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email, shop, { return_url: RETURN_URL });
    expect((await desk.verify(shop, proofOf(asked))).status).toBe(200);
    await refused(proofOf(asked));
    const { attempt, browser_token } = asked;
    await refused({ attempt, browser_token, link_token: linkIn(asked.mail).token });
  });

  test('used twice at once opens one session', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email);
    const before = (await countSessions()) ?? 0;
    const answers = await Promise.all([1, 2, 3].map(() => desk.verify(shop, proofOf(asked))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    expect(await countSessions()).toBe(before + 1);
  });

  test('or link in another browser opens nothing, and still serves its owner', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email, shop, { return_url: RETURN_URL });
    const stranger = await askFor(someone());
    const { attempt, code } = asked;
    for (let i = 0; i < 6; i++) {
      await refused({ attempt, browser_token: stranger.browser_token, code });
      await refused({
        attempt,
        browser_token: stranger.browser_token,
        link_token: linkIn(asked.mail).token,
      });
    }
    expect((await desk.verify(shop, proofOf(asked))).status).toBe(200);
  });

  test('guessed a sixth time is refused, even right', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email);
    for (let i = 0; i < 5; i++) await refused({ ...proofOf(asked), code: wrongCode(asked.code) });
    await refused(proofOf(asked));
  });

  test('may be right the fifth time', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email);
    for (let i = 0; i < 4; i++) await refused({ ...proofOf(asked), code: wrongCode(asked.code) });
    expect((await desk.verify(shop, proofOf(asked))).status).toBe(200);
  });

  test('guessed by many at once is looked at five times', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email);
    await Promise.all(
      Array.from({ length: 12 }, () => refused({ ...proofOf(asked), code: wrongCode(asked.code) })),
    );
    const guesses = await env.DB.prepare('select guesses from sign_in_attempts where id = ?')
      .bind(asked.attempt)
      .first<number>('guesses');
    expect(guesses).toBe(5);
    await refused(proofOf(asked));
  });

  test('of another attempt, app or mode opens nothing', async () => {
    const { email, customerId } = await seedReader();
    const [one, two] = [await askFor(email), await askFor(email)];
    await refused({ ...proofOf(one), code: two.code === one.code ? wrongCode(one.code) : two.code });
    await refused({ ...proofOf(one), attempt: two.attempt });
    // Of an app that knows the customer just as well.
    const other = await seedShop();
    await seedPayment(other, { customerId });
    await refused(proofOf(two), other);
    await refused(proofOf(two), await seedShop('sandbox', shop.app.product));
    expect((await desk.verify(shop, proofOf(two))).status).toBe(200);
  });

  test('is over after 15 minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { email } = await seedReader();
    const asked = await askFor(email);
    vi.setSystemTime(Date.now() + 15 * MINUTE);
    await refused(proofOf(asked));
  });

  test('that was never mailed is never right: more attempts are no more guesses', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email);
    await env.DB.prepare('update sign_in_attempts set mailed_at = null where id = ?')
      .bind(asked.attempt)
      .run();
    await refused(proofOf(asked));
  });

  test('for an address that has lost its customer meanwhile opens nothing', async () => {
    const { email, customerId } = await seedReader();
    const asked = await askFor(email);
    await env.DB.prepare('update customers set deleted_at = 1 where id = ?').bind(customerId).run();
    await refused(proofOf(asked));
  });

  test('cannot be read from the database, nor can the link or the browser’s token', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email, shop, { return_url: RETURN_URL });
    const row = await env.DB.prepare('select * from sign_in_attempts where id = ?')
      .bind(asked.attempt)
      .first();
    const stored = JSON.stringify(row);
    for (const secret of [asked.browser_token, linkIn(asked.mail).token])
      expect(stored).not.toContain(secret);
    const plain = async (text: string) =>
      btoa(
        String.fromCharCode(
          ...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
        ),
      ).slice(0, 40);
    const hashes = [row?.['code_hash'], row?.['link_hash']].map((value) =>
      String(value).replaceAll('-', '+').replaceAll('_', '/'),
    );
    for (const hash of hashes) {
      expect(hash).toMatch(/^k1\./);
      expect(hash).not.toContain(await plain(asked.code));
    }
  });
});

describe('attack: what is sent along', () => {
  test.each([
    'https://evil.dev/',
    `https://shop.example-site.dev.evil.dev/thanks`,
    `https://shop.example-site.dev@evil.dev/thanks`,
    `${ORIGIN}/elsewhere`,
    `${ORIGIN}/thanks/../elsewhere`,
    `${ORIGIN}/thanks#floe_sign_in=mine`,
    'javascript:alert(1)',
    '//evil.dev',
  ])('open redirect: %s is no return_url', async (return_url) => {
    const { email } = await seedReader();
    const { status, body } = await desk.ask(shop, email, { return_url });
    expect([status, body.code, body.errors[0]?.path]).toEqual([422, 'disallowed_url', 'body.return_url']);
    expect(desk.mails).toEqual([]);
  });

  test.each([
    'a@readers.dev\r\nBcc: b@readers.dev',
    'a@readers.dev,b@readers.dev',
    'Ada <a@readers.dev>',
    'a@readers.dev;b@readers.dev',
    '"a@b"@readers.dev',
    'nobody',
  ])('header injection: %j is no address', async (email) => {
    const { status, body } = await desk.ask(shop, email);
    expect([status, body.code]).toEqual([422, 'validation_failed']);
  });

  test('header and HTML injection by an app’s name stay text on one line', async () => {
    await env.DB.prepare('update apps set name = ? where id = ?')
      .bind('Quay\r\nBcc: all@readers.dev <img src=x onerror=alert(1)> & "co"', shop.app.id)
      .run();
    const { email } = await seedReader();
    const { mail } = await askFor(email);
    expect(mail?.subject).not.toMatch(/[\r\n]/);
    expect(mail?.from.name).not.toMatch(/[\r\n]/);
    expect(mail?.html).not.toContain('<img');
    expect(mail?.html).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;co&quot;');
  });

  test('a page of another origin can neither ask nor verify with the publishable key', async () => {
    for (const path of ['/v1/sign-in', '/v1/sign-in/verify']) {
      const { status, body, headers } = await desk.send('POST', path, {
        key: shop.publishableKey,
        headers: { origin: 'https://evil.dev' },
        body: path.endsWith('verify')
          ? { attempt: 'a', browser_token: 'b', code: '123456' }
          : { email: someone() },
      });
      expect([status, body.code]).toEqual([403, 'forbidden_origin']);
      // It reads how the page is registered, and nothing else.
      expect(headers.get('access-control-allow-origin')).toBe('https://evil.dev');
      expect(Object.keys(body).toSorted()).toEqual([
        'code',
        'detail',
        'request_id',
        'status',
        'title',
        'type',
      ]);
    }
  });

  test('flooding: one visitor asks, and tries, some twenty times a minute; a server as often as it must', async () => {
    const many = async (path: string, key: string, body: object, statuses = new Map<number, number>()) => {
      // A minute may end meanwhile: of more than two minutes' worth, some are too many.
      for (let i = 0; i < 45; i++) {
        const { status } = await desk.send('POST', path, {
          key,
          body,
          headers: { 'cf-connecting-ip': '192.0.4.1' },
        });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      return statuses;
    };
    const ask = { email: someone() };
    const guess = { attempt: 'sia_x', browser_token: 'x', code: '123456' };
    for (const [path, body, usual] of [
      ['/v1/sign-in', ask, 202],
      ['/v1/sign-in/verify', guess, 400],
    ] as const) {
      const visitors = await many(path, shop.publishableKey, body);
      expect(visitors.get(usual)).toBeLessThanOrEqual(40);
      expect(visitors.get(429)).toBeGreaterThanOrEqual(5);
      expect(await many(path, shop.secretKey, body)).toEqual(new Map([[usual, 45]]));
    }
  });

  test('by GET, nothing happens: mail scanners spend nothing', async () => {
    const { email } = await seedReader();
    const asked = await askFor(email, shop, { return_url: RETURN_URL });
    const query = new URLSearchParams(proofOf(asked)).toString();
    for (const path of ['/v1/sign-in', '/v1/sign-in/verify'])
      expect((await desk.send('GET', `${path}?${query}`, { key: shop.publishableKey })).status).toBe(405);
    expect((await desk.verify(shop, proofOf(asked))).status).toBe(200);
  });
});
