import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import {
  call as callGateway,
  CALLBACK,
  createWorld,
  GATEWAY_URL,
  ORIGIN,
  type World,
} from '../harness/harness.ts';
import { codeIn, type Init, openDesk } from '../people/sign-in-calls.ts';
import { deliver, record } from '../harness/story.ts';

/*
 * Nothing that opens something lies in clear where the gateway keeps or sends its own data: D1, KV, queues, logs. What is
 * looked for is taken from the wire: every string that a machine made up, but for the kinds named below. So a secret that
 * Polar or we add tomorrow is looked for too.
 */

const ADMIN = env.FLOE_ADMIN_TOKEN;
const VERIFIER = 'a-verifier-that-only-this-browser-has-0123456789';
const DAY_MS = 86_400_000;

/** Made up by a machine, and no secret. */
const NO_SECRETS: readonly [string, RegExp][] = [
  ['an id of Polar’s', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  ['an id of the gateway’s', /^(app|ca|chk|dlv|ep|evt|fct|key|pay|rec|req|rpl|ses|sia)_[0-9a-z]{20,}$/],
  ['an invoice’s number', /^FLOE-SANDBOX-[A-Z]{8}-\d{4}$/],
];
/** An entitlement token is a signed statement, not a credential; KV is where it is kept for checks. */
const STATEMENT = /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g;

const found = new Map<string, string>();
const put = { logs: [] as string[], messages: [] as string[] };

/** Notes every made-up string of a text that crossed the wire. */
function tap(from: string, text: string): void {
  for (const [secret] of text.matchAll(/whsec_[A-Za-z0-9+/=]+/g)) found.set(secret, from);
  for (const form of [text, decode(text)]) {
    for (const [run] of form.replaceAll(STATEMENT, '').matchAll(/[A-Za-z0-9_-]{20,}/g)) {
      const isMadeUp = /\d/.test(run) && /[A-Za-z]/.test(run) && new Set(run).size >= 10;
      if (isMadeUp && !NO_SECRETS.some(([, shape]) => shape.test(run))) found.set(run, from);
    }
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return text;
  }
}

const TOLD_IN_HEADERS = ['authorization', 'cookie', 'set-cookie', 'location'];
function tapHeaders(from: string, headers: Headers): void {
  for (const name of TOLD_IN_HEADERS) tap(`${from} ${name}`, headers.get(name) ?? '');
}

async function call(method: string, path: string, options: Parameters<typeof callGateway>[2] = {}) {
  tap(`${method} ${path}`, `${path} ${options.key ?? ''} ${JSON.stringify(options.body ?? '')}`);
  const answer = await callGateway(method, path, options);
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  tapHeaders(`answer of ${method} ${path.split('?')[0]}`, answer.headers);
  tap(`answer of ${method} ${path.split('?')[0]}`, answer.text);
  return answer;
}

/** Polar's webhooks are held back by the world: noted, then delivered as Polar would. */
async function hear(world: World, act: () => Promise<void>, isLost = false): Promise<void> {
  for (const told of await record(world, act)) {
    tap(`webhook ${told.type}`, told.body);
    if (!isLost) expect(await deliver(world, told)).toBe(200);
  }
  await world.settle();
}

/** Everything that D1 and KV hold, and what was sent to queues and logs, as lines with their place. */
async function readAll(): Promise<[place: string, text: string][]> {
  const lines: [string, string][] = [];
  const { results: tables } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%' and name not like 'd1_%'",
  ).all<{ name: string }>();
  for (const { name } of tables) {
    const { results } = await env.DB.prepare(`select * from "${name}"`).all();
    for (const row of results)
      for (const [column, value] of Object.entries(row)) lines.push([`${name}.${column}`, String(value)]);
  }
  for (const { name } of (await env.ENTITLEMENTS.list()).keys)
    lines.push(['KV', `${name} ${await env.ENTITLEMENTS.get(name)}`]);
  return [
    ...lines,
    ...put.messages.map((text): [string, string] => ['queue', text]),
    ...put.logs.map((text): [string, string] => ['log', text]),
  ];
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('no secret of a purchase’s life lies in clear in the database, KV, queues or logs', async () => {
  for (const level of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void put.logs.push(String(line)));
  const queue = Object.getPrototypeOf(env.WORK) as Queue;
  const sendBatch = Reflect.get(queue, 'sendBatch') as (
    this: Queue,
    ...input: Parameters<Queue['sendBatch']>
  ) => Promise<never>;
  vi.spyOn(queue, 'sendBatch').mockImplementation(function (this: Queue, messages, options) {
    const batch = [...messages];
    put.messages.push(JSON.stringify(batch));
    return sendBatch.call(this, batch, options);
  });
  const world = await createWorld();
  const outside = globalThis.fetch;
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const from = `${request.method} ${new URL(request.url).pathname}`;
    tap(from, `${request.url} ${await request.clone().text()}`);
    tapHeaders(from, request.headers);
    const response = await outside(request);
    tap(`answer of ${from}`, await response.clone().text());
    return response;
  });

  const { body: app } = await call('POST', '/admin/apps', {
    key: ADMIN,
    body: {
      product: 'quay',
      mode: 'sandbox',
      origins: [ORIGIN],
      callback_urls: [CALLBACK],
      webhook_url: 'https://receiver.example-site.dev/hooks',
    },
  });
  const [secretKey, publishableKey] = [String(app['secret_key']), String(app['publishable_key'])];
  await call('POST', '/admin/apps/quay-sandbox/keys', { key: ADMIN, body: { kind: 'secret' } });
  const endpoint = await call('POST', '/v1/webhook-endpoints', {
    key: secretKey,
    headers: { 'idempotency-key': 'endpoint' },
    body: { url: 'https://receiver.example-site.dev/more' },
  });
  await call('POST', `/v1/webhook-endpoints/${String(endpoint.body['id'])}/rotate-secret`, {
    key: secretKey,
    body: {},
  });
  const lifetime = { id: '', monthly: '' };
  await hear(world, async () => {
    const benefits = [
      { type: 'custom', description: 'Reader', properties: { note: 'the door code' } },
      {
        type: 'license_keys',
        description: 'Key',
        properties: { prefix: 'QUAY', activations: null, limit_usage: null, expires: null },
      },
    ];
    lifetime.id = (await world.createProduct({ name: 'quay:lifetime', benefits })).id;
    const seats = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/products/', {
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
    lifetime.monthly = seats.id;
  });
  await call('GET', '/v1/products', { key: secretKey });

  // Sold by the server, to somebody who pays, comes back and is exchanged for a session.
  const challenge = await challengeOf(VERIFIER);
  const sold = await call('POST', '/v1/payments', {
    key: secretKey,
    headers: { 'idempotency-key': 'sold' },
    body: { product_id: lifetime.id, customer: { email: 'ada@readers.dev' }, code_challenge: challenge },
  });
  const {
    id: paymentId = '',
    checkout_id: checkoutId = '',
    checkout_url: checkoutUrl = '',
  } = sold.body as Record<string, string>;
  const pending = await call('GET', `/v1/payments/${paymentId}`, { key: secretKey });
  expect(pending.body['checkout_url']).toBe(checkoutUrl);
  const checkout = await world.polar<{ success_url: string; client_secret: string }>(
    'sandbox',
    'GET',
    `/v1/checkouts/${checkoutId}`,
  );
  tap('checkout', JSON.stringify(checkout));
  await hear(world, async () => {
    tap('confirmed', (await world.pay('sandbox', checkoutUrl, { email: 'ada@readers.dev' })).text);
  });
  const link = new URL(checkout.success_url);
  const back = await call('GET', link.pathname + link.search);
  const code = new URL(back.headers.get('location') ?? '').searchParams.get('code');
  await call('POST', '/v1/sessions/exchange', {
    key: publishableKey,
    headers: { origin: ORIGIN, 'idempotency-key': 'exchange' },
    body: { code, callback_url: CALLBACK, code_verifier: VERIFIER },
  });

  // Sold to browsers: one that is left to expire, one whose webhooks are all lost, read by reconcile later.
  await hear(world, async () => {
    await call('POST', '/v1/checkout', {
      key: publishableKey,
      headers: { origin: ORIGIN, 'idempotency-key': 'browser' },
      body: { product_id: lifetime.id },
    });
    await call('GET', `/checkout/quay-sandbox?product=${lifetime.id}`, {
      headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    });
  });
  const lost = await call('POST', '/v1/payments', { key: secretKey, body: { product_id: lifetime.id } });
  await hear(
    world,
    async () =>
      void (await world.pay('sandbox', String(lost.body['checkout_url']), { email: 'eve@readers.dev' })),
    true,
  );

  // A team: a seat with its invitation.
  const team = await call('POST', '/v1/payments', {
    key: secretKey,
    body: { product_id: lifetime.monthly, seats: 2 },
  });
  await hear(
    world,
    async () =>
      void (await world.pay('sandbox', String(team.body['checkout_url']), { email: 'owner@readers.dev' })),
  );
  await hear(world, async () => {
    const subscriptionId = await env.DB.prepare('select id from subscriptions').first<string>('id');
    for (const immediate_claim of [false, true])
      tap(
        'seat',
        JSON.stringify(
          await world.polar('sandbox', 'POST', '/v1/customer-seats', {
            subscription_id: subscriptionId,
            email: `member-${String(immediate_claim)}@readers.dev`,
            immediate_claim,
          }),
        ),
      );
  });

  // Signing in by mail, for the app and on the gateway's own pages, on to the portal; an access check with its token.
  const codes = await signIn(secretKey);
  await call(
    'GET',
    `/v1/access?resource=product:${lifetime.id}&customer=${String(await env.DB.prepare('select customer_id as id from orders').first<string>('id'))}`,
    { key: secretKey },
  );

  // Money back, and what was never paid ends.
  await hear(world, async () => {
    const order = await env.DB.prepare('select id, net_amount from orders order by created_at').first<{
      id: string;
      net_amount: number;
    }>();
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: order?.id,
      amount: order?.net_amount,
      reason: 'other',
      revoke_benefits: true,
    });
    await world.simulator.settle();
  });
  await hear(world, () => world.advance(2 * DAY_MS));
  vi.useRealTimers();
  const { body: run } = await call('POST', '/admin/reconcile', {
    key: ADMIN,
    body: { mode: 'sandbox', scope: 'full', grace_seconds: 0 },
  });
  while (
    (await call('GET', `/admin/reconcile/${String(run['id'])}`, { key: ADMIN })).body['status'] === 'running'
  )
    await scheduler.wait(50);
  await world.settle();

  // What was looked for is what is meant: each kind of secret has crossed the wire.
  const kinds = {
    'api key': /^floe_sk_/,
    'endpoint secret': /^whsec_/,
    'client secret': /^polar_c_/,
    session: /^floe_\w*s/,
    nonce: /^[\w-]{43}$/,
    'portal session': /^polar_c\w+_/,
  };
  for (const [kind, shape] of Object.entries(kinds))
    expect([kind, [...found.keys()].some((secret) => shape.test(secret))]).toEqual([kind, true]);
  expect(found.has(checkout.client_secret)).toBe(true);
  expect(found.has(link.searchParams.get('nonce') ?? '')).toBe(true);
  expect(found.has(code ?? '')).toBe(true);
  const statuses = (await env.DB.prepare('select status, count(*) as n from payments group by status').all())
    .results;
  expect(statuses.map(({ status }) => status)).toEqual(expect.arrayContaining(['expired', 'succeeded']));

  const products = await env.DB.prepare('select data from products').all<{ data: string }>();
  expect(products.results.length).toBeGreaterThan(1);
  expect(JSON.stringify(products.results)).not.toContain('the door code');

  const lines = await readAll();
  expect(lines.length).toBeGreaterThan(500);
  found.delete(challenge);
  const leaks = new Set<string>();
  for (const [place, text] of lines) {
    for (const [secret, from] of found)
      if (text.includes(secret)) leaks.add(`${place}: ${secret.slice(0, 30)} (seen in ${from})`);
    for (const digits of codes)
      if (new RegExp(`(?<![\\w.-])${digits}(?![\\w.-])`).test(text))
        leaks.add(`${place}: the code ${digits}`);
  }
  expect([...leaks]).toEqual([]);
}, 300_000);

/** Through the API and through the pages. Gives the codes that were mailed. */
async function signIn(secretKey: string): Promise<string[]> {
  const desk = openDesk({ DB: env.DB });
  const email = 'ada@readers.dev';
  const send = async (method: string, path: string, init: Init = {}) => {
    tap(`${method} ${path}`, JSON.stringify([path, init.body, init.form, [...(init.jar ?? [])]]));
    const answer = await desk.send(method, path, init);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    tapHeaders(`answer of ${method} ${path.split('?')[0]}`, answer.headers);
    tap(`answer of ${method} ${path.split('?')[0]}`, answer.text);
    return answer;
  };
  const asked = await send('POST', '/v1/sign-in', { key: secretKey, body: { email } });
  const codes = [codeIn(desk.mails.at(-1))];
  const { attempt, browser_token } = asked.body;
  await send('POST', '/v1/sign-in/verify', {
    key: secretKey,
    body: { attempt, browser_token, code: codes[0] },
  });

  const jar = new Map<string, string>();
  const form = async (path: string, more: Record<string, string>): Promise<Init> => {
    const page = await send('GET', `${path}?app=quay-sandbox&to=portal`, { jar });
    const form_token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    return {
      jar,
      form: { app: 'quay-sandbox', to: 'portal', form_token, ...more },
      headers: { origin: GATEWAY_URL },
    };
  };
  await send('POST', '/sign-in', await form('/sign-in', { email }));
  codes.push(codeIn(desk.mails.at(-1)));
  await send('POST', '/sign-in/code', await form('/sign-in/code', { code: codes[1] ?? '' }));
  const portal = await send('GET', '/portal?app=quay-sandbox', { jar });
  expect(portal.status).toBe(303);
  for (const mail of desk.mails) tap('mail', `${mail.text} ${mail.html}`);
  expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true);
  return codes;
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
