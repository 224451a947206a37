import { beforeEach, describe, expect, test } from 'vitest';
import { contentBeneath, gateFromEnv } from '../../packages/kit/index.ts';
import { APP, type FakeGateway, GATEWAY, openFakeGateway, SECRET_KEY } from './fake-gateway.ts';

const ENV = { FLOE_GATEWAY: GATEWAY, FLOE_APP: APP, FLOE_SECRET_KEY: SECRET_KEY };
const SITE = 'https://shop.example.com';

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await openFakeGateway();
});

describe('gateFromEnv', () => {
  const make = (env: object) =>
    gateFromEnv(env, { resource: 'content:blog/one', fetch: gateway.fetch, now: gateway.now });
  const visit = new Request(`${SITE}/blog/one`);

  test.each([
    ['an object', ENV],
    ['a function', (name: string) => (ENV as Record<string, string>)[name]],
    ['a module', Object.freeze({ ...ENV, __proto__: null })],
  ])('reads %s', async (_name, env) => {
    const cookie = `__Host-floe_${APP}_session=${gateway.signIn('a', 'customer-1', ['content:blog/one']).token}`;
    const gate = make(env);
    expect((await gate(visit)).decision.reason).toBe('no_session');
    expect((await gate(new Request(visit, { headers: { cookie } }))).decision.reason).toBe('granted');
    expect(await gate.handle(new Request(visit, { headers: { cookie } }))).toMatchObject({ answer: {} });
  });

  test.each(Object.keys(ENV))(
    '%s that is empty is called empty, one that is not set is called so',
    async (name) => {
      // A site is built where its key is not.
      const [empty, unset] = [make({ ...ENV, [name]: '' }), make({ ...ENV, [name]: undefined })];
      await expect(async () => empty(visit)).rejects.toThrow(`floe: ${name} is empty`);
      await expect(async () => unset.handle(visit)).rejects.toThrow(`floe: ${name} is not set`);
    },
  );

  test('a key that is none is named by its variable', async () => {
    const gate = make({ ...ENV, FLOE_SECRET_KEY: 'abc' });
    await expect(async () => gate(visit)).rejects.toThrow(
      'floe: FLOE_SECRET_KEY is not a key of Floe: it begins with floe_sk_sandbox_ or floe_sk_live_.',
    );
  });

  test('takes the site’s origin from FLOE_ORIGIN, unless an option says it', async () => {
    const post = (origin: string) =>
      new Request('http://10.0.0.7:3000/sign-out', { method: 'POST', headers: { origin } });
    const gate = make({ ...ENV, FLOE_ORIGIN: SITE });
    expect((await gate.signOut(post(SITE))).status).toBe(200);
    expect((await gate.signOut(post('http://10.0.0.7:3000'))).status).toBe(403);
    expect((await make({ ...ENV, FLOE_ORIGIN: '' }).signOut(post('http://10.0.0.7:3000'))).status).toBe(200);
  });
});

describe('contentBeneath', () => {
  test.each([
    ['/blog/diff', 'content:blog/diff'],
    ['/blog/git/trees', 'content:blog/git/trees'],
    ['/Blog/diff', 'content:Blog/diff'],
    ['/courses/git', 'content:courses/git'],
    ['/blog/', null],
    ['/blog', null],
    ['/blogs/diff', null],
    ['/', null],
  ])('%s needs %s', (path, resource) => {
    expect(contentBeneath('/blog/', '/courses/')(new Request(SITE + path))).toBe(resource);
  });

  test('a whole site may be gated, except for its first page', () => {
    const resource = contentBeneath('/');
    expect(resource(new Request(`${SITE}/diff`))).toBe('content:diff');
    expect(resource(new Request(`${SITE}/`))).toBeNull();
  });

  test.each(['blog/', '/blog', '', '//', '/blog//'])('refuses %j', (path) => {
    expect(() => contentBeneath(path)).toThrow('begins and ends with a slash');
  });
});
