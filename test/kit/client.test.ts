import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { createClient } from '../../packages/kit/client.ts';
import { FloeError } from '../../packages/kit/problem.ts';
import type { PaymentView } from '../../src/base/payment.answers.ts';

const KEY = `floe_sk_live_${'s'.repeat(43)}`;
type Step = () => Response | Promise<Response>;

/** A gateway that answers as told, one answer a call. */
function openClient(...answers: (Response | Step)[]) {
  const requests: Request[] = [];
  const times: number[] = [];
  const floe = createClient({
    gateway: 'https://floe.example.com/',
    key: KEY,
    timeoutMs: 1000,
    fetch: async (url, init) => {
      requests.push(new Request(url, init));
      times.push(Date.now());
      const next = answers.shift();
      if (!next) throw new Error('one call more than expected');
      const answer = typeof next === 'function' ? next() : next;
      // As a real one does: an aborted request rejects.
      const aborted = new Promise<never>((_resolve, reject) =>
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
      );
      return Promise.race([answer, aborted]);
    },
  });
  return { floe, requests, times };
}

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json(
    { type: 'about:blank', title: 'No', status, code, detail: 'Why not.', request_id: 'req_1' },
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  );
const payment = { id: 'pay_1', status: 'pending' };

/** What a call failed with. */
const failure = async (call: Promise<unknown>): Promise<FloeError> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FloeError)) throw new Error('it did not fail', { cause: error });
  return error;
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});
/** Lets all waiting pass. */
const settle = async <Value>(call: Promise<Value>): Promise<Value> => {
  call.catch(() => undefined);
  await vi.runAllTimersAsync();
  return call;
};

test('an answer is read by JSON.parse, or in full digits by a reader of one’s own', async () => {
  const answer = '{"id":"pay_1","metadata":{"discord_id":653247040368672769}}';
  const options = {
    gateway: 'https://floe.example.com',
    key: KEY,
    fetch: () => Promise.resolve(new Response(answer)),
  };
  const call = { params: { id: 'pay_1' } };
  const rounded = await createClient(options)('GET /v1/payments/{id}', call);
  expect(rounded.metadata).toEqual({ discord_id: 653247040368672800 });
  const exact = createClient({ ...options, parse: readExactly });
  expect(await exact('GET /v1/payments/{id}', call)).toEqual({
    id: 'pay_1',
    metadata: { discord_id: 653247040368672769n },
  });
});

/** As kit/README.md has it. */
const readExactly = (text: string): unknown =>
  JSON.parse(text, (_name: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? 0)
      : value,
  );

describe('a call', () => {
  test('names its route, and is typed by it', async () => {
    const { floe, requests } = openClient(Response.json(payment));
    const answer = await floe('GET /v1/payments/{id}', { params: { id: 'pay/1?x' } });
    expectTypeOf(answer).toEqualTypeOf<PaymentView>();
    expect(answer).toEqual(payment);
    expect(requests[0]?.url).toBe('https://floe.example.com/v1/payments/pay%2F1%3Fx');
    expect(requests[0]?.headers.get('authorization')).toBe(`Bearer ${KEY}`);
    expect(requests[0]?.headers.get('idempotency-key')).toBeNull();
  });

  test('sends a query and a body', async () => {
    const { floe, requests } = openClient(Response.json({}), Response.json(payment, { status: 201 }));
    await floe('GET /v1/access', { query: { resource: 'content:a b', max_age: 0 } });
    expect(requests[0]?.url).toBe('https://floe.example.com/v1/access?resource=content%3Aa+b&max_age=0');
    await floe('POST /v1/payments', { body: { product_id: 'p1' } });
    const { floe: other, requests: asked } = openClient(Response.json({}));
    await other('GET /v1/payments', { query: { limit: 2, metadata: { ref: 'A 7', 'two]': 'b' } } });
    expect(asked[0]?.url).toBe(
      'https://floe.example.com/v1/payments?limit=2&metadata%5Bref%5D=A+7&metadata%5Btwo%5D%5D=b',
    );
    expect(requests[1]?.headers.get('content-type')).toBe('application/json');
    expect(await requests[1]?.json()).toEqual({ product_id: 'p1' });
  });

  test('without an answer’s body gives undefined', async () => {
    const { floe } = openClient(new Response(null, { status: 204 }));
    expect(await floe('DELETE /v1/session')).toBeUndefined();
  });

  test('with a wrong name or input does not compile', () => {
    const { floe } = openClient();
    const wrong = () => [
      // @ts-expect-error -- no such route
      floe('GET /v1/nothing'),
      // @ts-expect-error -- no id
      floe('GET /v1/payments/{id}'),
      // @ts-expect-error -- no resource
      floe('GET /v1/access', { query: {} }),
      // @ts-expect-error -- a misspelt field
      floe('POST /v1/payments', { body: { produkt_id: 'p1' } }),
    ];
    expect(wrong).toBeTypeOf('function');
  });

  test.each(['', '.', '..'])('with the path parameter %j goes nowhere', async (id) => {
    const { floe, requests } = openClient();
    await expect(floe('GET /v1/payments/{id}', { params: { id } })).rejects.toThrow(TypeError);
    expect(requests).toEqual([]);
  });
});

describe('a failure', () => {
  test('is the gateway’s problem, typed', async () => {
    const errors = [{ path: 'body.product_id', message: 'Must be a UUID.' }];
    const answer = Response.json(
      {
        title: 'Some fields are wrong.',
        status: 422,
        code: 'validation_failed',
        errors,
        request_id: 'req_2',
      },
      { status: 422, headers: { 'content-type': 'application/problem+json; charset=utf-8' } },
    );
    const { floe } = openClient(answer);
    const error = await failure(floe('POST /v1/payments', { body: {} }));
    expect(error).toMatchObject({
      name: 'FloeError',
      status: 422,
      code: 'validation_failed',
      errors,
      requestId: 'req_2',
    });
    expect(error.message).toBe('Some fields are wrong.');
  });

  test('that is not the gateway’s own (a proxy’s page) is a FloeError too', async () => {
    const { floe } = openClient(new Response('<html>', { status: 404 }));
    expect(await failure(floe('GET /v1/products'))).toMatchObject({ status: 404, code: 'http_404' });
  });

  test.each([
    ['code', 401],
    ['reason', 401],
    ['code', 403],
  ])('attack: a firewall’s JSON with a %s (%i) speaks for nobody', async (field, status) => {
    const answer = Response.json({ [field]: 'unauthorized', detail: 'Buy our VPN.' }, { status });
    const error = await failure(openClient(answer).floe('GET /v1/products'));
    expect(error).toMatchObject({
      status,
      code: `http_${status}`,
      message: `The gateway answered ${status}.`,
    });
  });

  test('to check access is unavailable, never a no', async () => {
    const unavailable = () => Response.json({ allow: false, reason: 'unavailable' }, { status: 503 });
    const { floe } = openClient(unavailable, unavailable, unavailable);
    const error = await settle(failure(floe('GET /v1/access', { query: { resource: 'x' } })));
    expect(error).toMatchObject({ status: 503, code: 'unavailable' });
  });

  test('to follow a redirect: the key goes to the gateway alone', async () => {
    const { floe, requests } = openClient(
      new Response(null, { status: 302, headers: { location: 'https://evil.example' } }),
    );
    expect(await failure(floe('GET /v1/products'))).toMatchObject({ status: 302 });
    expect(requests[0]?.redirect).toBe('manual');
  });
});

describe('trying again', () => {
  test('a GET waits as long as it is told to', async () => {
    const { floe, times } = openClient(
      problem(503, 'unavailable', { 'retry-after': '2' }),
      problem(429, 'rate_limited', { 'retry-after': '3' }),
      Response.json({ data: [] }),
    );
    expect(await settle(floe('GET /v1/products'))).toEqual({ data: [] });
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBe(2000);
    expect(third - second).toBe(3000);
  });

  test('ends: two more, and when the wait would be long, none', async () => {
    const busy = () => problem(503, 'unavailable');
    const { floe, requests } = openClient(busy, busy, busy);
    expect(await settle(failure(floe('GET /v1/products')))).toMatchObject({ code: 'unavailable' });
    expect(requests.length).toBe(3);
    const long = openClient(problem(429, 'rate_limited', { 'retry-after': '31' }));
    expect(await settle(failure(long.floe('GET /v1/products')))).toMatchObject({ retryAfter: 31 });
    expect(long.requests.length).toBe(1);
  });

  test('what creates goes under one key, whatever the attempt', async () => {
    const { floe, requests } = openClient(
      () => Promise.reject(new TypeError('fetch failed')),
      problem(409, 'idempotency_in_progress', { 'retry-after': '1' }),
      Response.json(payment, { status: 201 }),
    );
    expect(await settle(floe('POST /v1/payments', { body: { product_id: 'p1' } }))).toEqual(payment);
    const keys = requests.map((request) => request.headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
  });

  test('two calls have two keys; a key of one’s own is kept', async () => {
    const { floe, requests } = openClient(
      Response.json(payment),
      Response.json(payment),
      Response.json(payment),
    );
    await floe('POST /v1/payments', { body: {} });
    await floe('POST /v1/payments', { body: {} });
    await floe('POST /v1/payments', { body: {}, idempotencyKey: 'order-7' });
    const [a, b, c] = requests.map((request) => request.headers.get('idempotency-key'));
    expect(a).not.toBe(b);
    expect(c).toBe('order-7');
  });

  test.each([
    ['PATCH /v1/webhook-endpoints/{id}', { params: { id: 'ep_1' }, body: {} }],
    ['POST /v1/webhook-endpoints/{id}/test', { params: { id: 'ep_1' } }],
  ] as const)('%s is not repeated: it may have been done', async (route, input) => {
    const { floe, requests } = openClient(problem(503, 'unavailable'));
    expect(await settle(failure(floe(route, input as never)))).toMatchObject({ status: 503 });
    expect(requests.length).toBe(1);
  });

  test('a no stays a no', async () => {
    const { floe, requests } = openClient(problem(404, 'not_found'));
    expect(await settle(failure(floe('GET /v1/payments/{id}', { params: { id: 'x' } })))).toMatchObject({
      status: 404,
    });
    expect(requests.length).toBe(1);
  });
});

describe('patience', () => {
  test('the network is down: unreachable', async () => {
    const down = () => Promise.reject(new TypeError('fetch failed'));
    const { floe } = openClient(down, down, down);
    expect(await settle(failure(floe('GET /v1/products')))).toMatchObject({ status: 0, code: 'unreachable' });
  });

  test('no answer: timeout, with real time', async () => {
    vi.useRealTimers();
    const never = () => new Promise<Response>(() => undefined);
    const { floe } = openClient(never);
    const error = await failure(
      floe('PATCH /v1/webhook-endpoints/{id}', { params: { id: 'ep_1' }, body: {} }),
    );
    expect(error).toMatchObject({ status: 0, code: 'timeout' });
  });

  test('the caller gives up: during a call, and between two', async () => {
    const reason = new Error('left the page');
    const during = new AbortController();
    const one = openClient(() => new Promise<Response>(() => undefined));
    const first = one.floe('GET /v1/products', { signal: during.signal });
    during.abort(reason);
    await expect(first).rejects.toBe(reason);

    const between = new AbortController();
    const two = openClient(problem(503, 'unavailable', { 'retry-after': '5' }));
    const second = two.floe('GET /v1/products', { signal: between.signal });
    second.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(1000);
    between.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(two.requests.length).toBe(1);
  });
});
