import { describe, expect, test } from 'vitest';
import { openFloe } from '../../packages/kit/browser.ts';
import { createClient } from '../../packages/kit/client.ts';
import { verifyEntitlements, type VerifyOptions } from '../../packages/kit/entitlements.ts';
import { createGate } from '../../packages/kit/gate.ts';
import { APP, GATEWAY, openFakeGateway, PUBLISHABLE_KEY, SECRET_KEY } from './fake-gateway.ts';

/* Options that come from the environment are often missing: what is missing is named. */

const missing = [
  [undefined, 'is not set'],
  [null, 'is not set'],
  ['', 'is empty'],
] as const;
type Options = Record<string, unknown>;
const gate: Options = { gateway: GATEWAY, app: APP, secretKey: SECRET_KEY, resource: 'content:one' };
const publicGate: Options = {
  gateway: GATEWAY,
  app: APP,
  publishableKey: PUBLISHABLE_KEY,
  resource: 'content:one',
};

const makers: [string, Options, (options: Options) => unknown][] = [
  ['createGate', gate, (options) => createGate(options as never)],
  ['createGate', publicGate, (options) => createGate(options as never)],
  ['createClient', { gateway: GATEWAY, key: SECRET_KEY }, (options) => createClient(options as never)],
  [
    'floe',
    { gateway: GATEWAY, app: APP, publishableKey: PUBLISHABLE_KEY },
    (options) => openFloe(options as never),
  ],
];

describe.each(makers)('%s', (who, options, make) => {
  const names = Object.keys(options).filter((name) => name !== 'resource');
  test.each(names)('says that %s is empty, or not set', (name) => {
    for (const [value, state] of missing)
      expect(() => make({ ...options, [name]: value })).toThrow(`${who}: ${name} ${state}`);
    expect(() => make(options)).not.toThrow();
  });
});

describe('createGate', () => {
  test.each([
    ['secretKey', 'abc', 'secretKey is not a key of Floe: it begins with floe_sk_sandbox_ or floe_sk_live_.'],
    ['secretKey', PUBLISHABLE_KEY, 'secretKey is a publishable key: the right one begins with floe_sk_'],
    ['publishableKey', 'abc', 'publishableKey is not a key of Floe: it begins with floe_pk_sandbox_ or'],
    ['publishableKey', SECRET_KEY, 'publishableKey is a secret key: the right one begins with floe_pk_'],
  ])('says that %s is no such key: %s', (name, value, said) => {
    const { secretKey: _, ...others } = gate;
    const make = () => createGate({ ...others, [name]: value } as never);
    expect(make).toThrow(`createGate: ${said}`);
    // The error goes to logs.
    expect(make).not.toThrow(value);
  });
});

describe('verifyEntitlements', () => {
  test.each(['gateway', 'app'])('says that %s is empty, or not set', async (name) => {
    for (const [value, state] of missing) {
      const options = { gateway: GATEWAY, app: APP, [name]: value } as unknown as VerifyOptions;
      await expect(verifyEntitlements('x', options)).rejects.toThrow(`verifyEntitlements: ${name} ${state}`);
    }
  });

  test.each([[{ keys: [null] }], [{ keys: 'x' }], [[]], [{}], ['{"keys":[]}']])(
    'says that %j is no key set',
    async (jwks) => {
      const gateway = await openFakeGateway();
      const token = await gateway.sign(gateway.claims());
      await expect(
        verifyEntitlements(token, { gateway: GATEWAY, app: APP, jwks: jwks as never, now: gateway.now }),
      ).rejects.toThrow('jwks is a JSON Web Key Set');
    },
  );
});
