import { expect, it } from 'vitest';
import { openBefore } from './migrations.ts';

/* Rows of the release before, cleaned by the migration: in clear there is nothing of a secret any more. */

const SECRETS = ['polar_c_secret', 'the-nonce', 'guild-token', 'the door code', 'invite-url', 'seat-token'];
const CHECKOUT = {
  id: 'c1',
  status: 'expired',
  client_secret: 'polar_c_secret',
  url: 'https://polar.sh/checkout/polar_c_secret',
  success_url: 'https://floe.example/return?payment=pay_1&nonce=the-nonce',
  metadata: { discord_id: '@' },
};

/** As text, with an integer that JavaScript cannot hold. */
const json = (value: unknown) => JSON.stringify(value).replaceAll('"@"', '653247040368672769');

it('cleans what the release before kept of Polar’s objects, and keeps what is used', () => {
  const { database, migrate } = openBefore('no_secrets_in_clear');
  database.exec(
    "insert into apps values ('app_1', 'quay-live', 'quay', 'live', 'Quay', '[]', '[]', 0, 0, 0)",
  );
  const snapshot = database.prepare(
    "insert into snapshots (mode, kind, id, status, data, version, seen_version) values ('live', ?, ?, null, ?, 1, 1)",
  );
  snapshot.run('checkout', 'c1', json(CHECKOUT));
  snapshot.run(
    'seat',
    's1',
    json({ id: 's1', customer_email: 'a@b.dev', member_id: null, invitation_token: 'seat-token' }),
  );
  snapshot.run('member', 'm1', json({ email: 'm@b.dev', role: 'owner', token: 'seat-token', is_new: true }));
  snapshot.run('customer_state', 'u1', json({ type: 'team', granted_benefits: [{ invite: 'invite-url' }] }));
  snapshot.run('dispute', 'd1', json({ order_id: 'o1', amount: 900, reason: null, token: 'seat-token' }));
  snapshot.run('product_list', 'all', '{}');
  const benefit = { id: 'b1', type: 'discord', description: 'Chat', metadata: { content_id: 'x' } };
  const product = { id: 'p1', prices: [{ id: 'price', price_amount: 900 }], metadata: { n: '@' } };
  const properties = { guild_token: 'guild-token', note: 'the door code' };
  const insertProduct = database.prepare(
    "insert into products (mode, id, name, is_archived, is_recurring, metadata, data, version, seen_version) values ('live', ?, 'x', 0, 0, '{}', ?, 1, 1)",
  );
  insertProduct.run('p1', json({ ...product, benefits: [{ ...benefit, properties }] }));
  insertProduct.run('p2', json({ ...product, benefits: [] }));
  insertProduct.run('p3', null);
  database
    .prepare(
      "insert into grants (mode, id, benefit_id, customer_id, is_granted, is_revoked, properties, created_at, version, seen_version) values ('live', 'g1', 'b1', 'u1', 1, 0, ?, 0, 1, 1)",
    )
    .run(json({ invite_url: 'invite-url' }));
  const payment = database.prepare(
    "insert into payments (id, mode, app_id, method, status, kind, refunded_amount, customer_proven, checkout_url, metadata, created_at, updated_at) values (?, 'live', 'app_1', 'polar', ?, 'checkout', 0, 0, ?, '{}', 0, 0)",
  );
  payment.run('pay_1', 'pending', CHECKOUT.url);
  payment.run('pay_2', 'succeeded', CHECKOUT.url);
  const fact = database.prepare(
    "insert into facts (id, app_id, mode, key, type, sequence, origin, body, occurred_at, created_at) values (?, 'app_1', 'live', ?, ?, ?, 'webhook', ?, 0, 0)",
  );
  const told = (payment_: unknown, polar: unknown) =>
    json({ type: 't', data: { id: 'fct', payment: payment_, polar } });
  const pending = told({ id: 'pay_1', checkout_url: CHECKOUT.url }, null);
  const expired = told(
    { id: 'pay_1', checkout_url: CHECKOUT.url },
    { type: 'checkout.expired', data: CHECKOUT },
  );
  const paid = told(
    { id: 'pay_1', checkout_url: null },
    { type: 'order.paid', data: { metadata: { n: '@' } } },
  );
  for (const [index, body] of [pending, expired, paid, told(null, null)].entries())
    fact.run(`fct_${index}`, `key_${index}`, 'payment.x', index + 1, body);
  const given = { display_key: '****-1', files: [{ id: 'f1' }], guild_id: '@' };
  const grant = (properties_: object, more: object) =>
    told(null, { type: 'benefit_grant.created', data: { id: 'g1', properties: properties_, ...more } });
  fact.run(
    'fct_grant',
    'key_grant',
    'grant.created',
    5,
    grant(
      { ...given, guild_token: 'guild-token', account: { invite: 'invite-url' } },
      { previous_properties: { invite: 'invite-url' }, benefit: { id: 'b1', properties } },
    ),
  );

  migrate();

  const all = ['snapshots', 'products', 'grants', 'payments', 'events'].flatMap((table) =>
    database
      .prepare(`select * from ${table}`)
      .all()
      .map((row) => JSON.stringify(row)),
  );
  for (const secret of SECRETS) expect(all.filter((row) => row.includes(secret))).toEqual([]);

  const column = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row)[0]);
  expect(column('select data from snapshots order by kind')).toEqual([
    '{}',
    '{"type":"team"}',
    '{"order_id":"o1","amount":900,"reason":null,"created_at":"1970-01-01T00:00:00Z"}',
    '{"email":"m@b.dev","role":"owner"}',
    '{}',
    '{"customer_email":"a@b.dev","member_id":null}',
  ]);
  expect(column('select data from products order by id')).toEqual([
    json({ ...product, benefits: [benefit] }),
    json({ ...product, benefits: [] }),
    null,
  ]);
  const bodies = column('select body from events order by sequence');
  expect(bodies[0]).toBe(told({ id: 'pay_1', checkout_url: null }, null));
  expect(bodies[1]).toContain('"discord_id":653247040368672769');
  expect(bodies.slice(2)).toEqual([paid, told(null, null), grant(given, { benefit: { id: 'b1' } })]);
});
