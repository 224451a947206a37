import { afterEach, beforeEach, expect, type MockInstance, test, vi } from 'vitest';
import { createGate } from '../../packages/kit/gate.ts';
import type { CommonOptions } from '../../packages/kit/gate-settings.ts';
import { Problem, problemResponse } from '../../src/base/problem.ts';
import { APP, type FakeGateway, GATEWAY, openFakeGateway, RESOURCE, SECRET_KEY } from './fake-gateway.ts';

/* What the terminal of a site says, whose owner has given no `onError`. */

const PAGE = 'https://shop.example.com/article';
const RETURN = `${PAGE}?code=${'c'.repeat(43)}&payment_id=pay_${'0'.repeat(26)}`;
const MINUTE_MS = 60_000;

let gateway: FakeGateway;
let terminal: MockInstance;
beforeEach(async () => {
  gateway = await openFakeGateway();
  terminal = vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  terminal.mockRestore();
});

const lines = () => terminal.mock.calls.map((said) => said.join(' '));

function openSite(options: Partial<CommonOptions> = {}) {
  const { fetch, now } = gateway;
  const gate = createGate({
    gateway: GATEWAY,
    app: APP,
    secretKey: SECRET_KEY,
    resource: RESOURCE,
    fetch,
    now,
    ...options,
  });
  return (url = PAGE) => gate.handle(new Request(url, { headers: { accept: 'text/html' } }));
}

const refuse = (call: string, problem: Problem, times = 1) =>
  gateway.state.refusals.set(
    call,
    Array.from({ length: times }, () => problemResponse(problem, 'req_1')),
  );
const KEY_REFUSED = new Problem('unauthorized', { detail: 'The key is unknown, revoked or expired.' });

test('a gateway that is away is named, once a minute', async () => {
  gateway.state.isDown = true;
  const visit = openSite();
  for (let i = 0; i < 3; i++) await visit();
  await visit(RETURN);
  const said = `floe: the gateway ${GATEWAY} cannot be reached. Does it run, and is FLOE_GATEWAY its address?`;
  expect(lines()).toEqual([said]);
  gateway.clock.now += MINUTE_MS - 1;
  await visit();
  expect(lines()).toEqual([said]);
  gateway.clock.now += 1;
  await visit();
  expect(lines()).toEqual([said, said]);
});

test('one that does not answer in time is called so', async () => {
  const never: CommonOptions['fetch'] = (_url, init) =>
    new Promise((_resolve, reject) => {
      const give = () => reject(new Error('aborted'));
      if (init?.signal?.aborted) give();
      init?.signal?.addEventListener('abort', give);
    });
  await openSite({ fetch: never, timeoutMs: 1 })(RETURN);
  expect(lines()).toEqual([expect.stringContaining(`${GATEWAY} did not answer in time`)]);
});

test.each([
  ['the offers', 'GET /v1/products', PAGE],
  ['a return', 'POST /v1/sessions/exchange', RETURN],
])('a key that is refused is named by its variable, with what mends it: %s', async (_name, call, url) => {
  refuse(call, KEY_REFUSED);
  await openSite()(url);
  const [line = ''] = lines();
  expect(line).toMatch(
    /^floe: the gateway https:\/\/floe\.example\.com refuses the key in FLOE_SECRET_KEY: /,
  );
  expect(line).toContain('The key is unknown, revoked or expired.');
  expect(line).toContain('npm run --silent site:env > ../my-site/.env');
});

test('a code that is refused is told, since the buyer may have paid', async () => {
  await openSite()(RETURN);
  expect(lines()).toEqual([expect.stringContaining('invalid_code')]);
});

test('attack: the key is in no line, and what others have written cannot begin another', async () => {
  const detail = `no\n\u001b[2J\u2028floe: all is well ${SECRET_KEY}`;
  refuse('GET /v1/products', new Problem('forbidden_key', { detail }));
  await openSite()();
  expect(lines()).toHaveLength(1);
  expect(lines()[0]).toMatch(/^floe: [^\p{Cc}\p{Zl}\p{Zp}]*$/u);
  expect(lines()[0]).toContain('all is well (the key)');
});

test('whoever gives an `onError` has the console to themselves', async () => {
  gateway.state.isDown = true;
  const told: unknown[] = [];
  await openSite({ onError: (error) => told.push(error) })();
  expect(told).toMatchObject([{ name: 'FloeError', code: 'unreachable' }]);
  expect(lines()).toEqual([]);
});
