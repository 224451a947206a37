import { beforeAll, describe, expect, it } from 'vitest';
import { type Bindings, parseConfig } from '../../src/base/config.ts';
import { ConfigError } from '../../src/base/settings.ts';
import { makeTestBindings } from '../harness/bindings.ts';

type Settings = Record<string, string | undefined>;
let good: Settings;

beforeAll(async () => {
  good = await makeTestBindings();
});

/** Bindings play no part in parsing. */
const parse = (settings: Settings) => parseConfig(settings as unknown as Bindings);
const parseWith = (change: Settings) => parse({ ...good, ...change });

describe('configuration', () => {
  it('is read into one shape', () => {
    const config = parseWith({});
    expect(config.url).toBe(good['FLOE_URL']);
    expect(config.modes.live?.webhookSecrets).toHaveLength(2);
    expect(config.modes.sandbox?.apiUrl).toBe('https://sandbox-api.polar.sh');
    expect(config.development).toBe(false);
  });

  it('sends no mail without an address to send it from', () => {
    expect(parseWith({ FLOE_MAIL_FROM: undefined }).mailFrom).toBeUndefined();
    expect(parseWith({ FLOE_MAIL_FROM: 'sign-in@example.com' }).mailFrom).toBe('sign-in@example.com');
  });

  it('keeps what is over for as long as it is told, and not for less than it is needed', () => {
    expect(parseWith({}).keepDays).toMatchObject({ unpaid: 7, delivered: 90, news: 400, audit: 365 });
    expect(parseWith({ FLOE_KEEP_AUDIT_DAYS: '730' }).keepDays.audit).toBe(730);
    expect(parseWith({ FLOE_KEEP_DELIVERED_DAYS: '1' }).keepDays.delivered).toBe(1);
    for (const days of ['90', '3651', '0', 'ever'])
      expect(() => parseWith({ FLOE_KEEP_AUDIT_DAYS: days })).toThrow(
        'FLOE_KEEP_AUDIT_DAYS must be a whole number from 91 to 3650',
      );
  });

  it('has the operator’s words for other methods of payment', () => {
    expect(parseWith({}).otherMethods).toEqual({});
    expect(
      parseWith({ FLOE_OTHER_METHODS: '{"*":{"text":"Write to us.","link":"https://example.com/pay"}}' })
        .otherMethods,
    ).toEqual({ '*': { text: 'Write to us.', link: 'https://example.com/pay' } });
  });

  it('reads owners by the keys of a preset, or by others', () => {
    const own = { product: 'gateway_product', plan: 'gateway_plan', owner: 'gateway_owner' };
    for (const unset of [undefined, '', ' ', 'gateway'])
      expect(parseWith({ FLOE_OWNER_KEYS: unset }).ownerKeys).toEqual(own);
    expect(parseWith({ FLOE_OWNER_KEYS: ' uncle-z\n' }).ownerKeys).toMatchObject({
      product: 'uncle_z_product',
      plan: 'uncle_z_plan',
    });
    expect(parseWith({ FLOE_OWNER_KEYS: '{"product":"acme.product","plan":"acme-plan"}' }).ownerKeys).toEqual(
      { product: 'acme.product', plan: 'acme-plan', owner: 'gateway_owner' },
    );
  });

  it('takes what a setting and its second one hold together, and needs one of the two', () => {
    const { FLOE_ADMIN_TOKEN, FLOE_ENCRYPTION_KEYS, POLAR_SANDBOX_WEBHOOK_SECRETS } = good;
    const both = parseWith({
      FLOE_ADMIN_TOKEN_2: 'another-operator-token-0123456789',
      FLOE_ENCRYPTION_KEYS_2: `k2:${btoa('0123456789abcdefghijklmnopqrstuv')}:1790000000`,
      POLAR_SANDBOX_WEBHOOK_SECRETS_2: 'whsec_anotherSecretForTests0123456789abcdefghi',
    });
    expect(both.adminTokens).toEqual([FLOE_ADMIN_TOKEN, 'another-operator-token-0123456789']);
    expect(both.encryptionKeys.map(({ id, encrypt_from }) => [id, encrypt_from])).toEqual([
      ['k1', 0],
      ['k2', 1_790_000_000],
    ]);
    expect(both.modes.sandbox?.webhookSecrets).toHaveLength(2);
    const second = parseWith({
      FLOE_ADMIN_TOKEN: undefined,
      FLOE_ADMIN_TOKEN_2: FLOE_ADMIN_TOKEN,
      FLOE_ENCRYPTION_KEYS: undefined,
      FLOE_ENCRYPTION_KEYS_2: FLOE_ENCRYPTION_KEYS,
      POLAR_SANDBOX_WEBHOOK_SECRETS: '',
      POLAR_SANDBOX_WEBHOOK_SECRETS_2: POLAR_SANDBOX_WEBHOOK_SECRETS,
    });
    expect(second).toEqual(parseWith({}));
  });

  it('takes one value in both settings as one, and refuses two keys of one id', () => {
    expect(parseWith({ FLOE_ADMIN_TOKEN_2: good['FLOE_ADMIN_TOKEN'] }).adminTokens).toHaveLength(1);
    expect(() => parseWith({ FLOE_ENCRYPTION_KEYS_2: good['FLOE_ENCRYPTION_KEYS'] })).toThrow('one id');
    expect(() => parseWith({ FLOE_LIVE_SIGNING_KEYS_2: good['FLOE_LIVE_SIGNING_KEYS'] })).toThrow('one id');
  });

  it('refuses that a second setting shares its value with another secret', () => {
    expect(() => parseWith({ FLOE_ADMIN_TOKEN_2: good['POLAR_SANDBOX_ACCESS_TOKEN'] })).toThrow(
      'share a value',
    );
  });

  it('leaves a mode out that has no access token', () => {
    expect(parseWith({ POLAR_LIVE_ACCESS_TOKEN: undefined }).modes.live).toBeUndefined();
  });

  it.each([
    ['FLOE_URL', undefined],
    ['FLOE_URL', 'pay.example.com'],
    ['FLOE_URL', 'https://pay.example.com/path'],
    ['FLOE_URL', 'http://pay.example.com'],
    ['FLOE_ADMIN_TOKEN', undefined],
    ['FLOE_ADMIN_TOKEN', 'short'],
    ['FLOE_ENCRYPTION_KEYS', undefined],
    ['FLOE_ENCRYPTION_KEYS', 'k1:dG9vIHNob3J0'],
    ['FLOE_ENCRYPTION_KEYS', 'no colon'],
    ['FLOE_ENCRYPTION_KEYS', 'k1:%%%'],
    ['FLOE_ENCRYPTION_KEYS_2', 'k2:dG9vIHNob3J0'],
    ['FLOE_ADMIN_TOKEN_2', 'short'],
    ['POLAR_LIVE_WEBHOOK_SECRETS_2', 'short'],
    ['FLOE_LIVE_SIGNING_KEYS_2', '{'],
    ['POLAR_LIVE_ACCESS_TOKEN', 'short'],
    ['POLAR_LIVE_ORGANIZATION_ID', 'not-a-uuid'],
    ['POLAR_LIVE_WEBHOOK_SECRETS', undefined],
    ['POLAR_LIVE_WEBHOOK_SECRETS', 'whsec_long_enough_0123456789,short'],
    ['FLOE_LIVE_SIGNING_KEYS', undefined],
    ['FLOE_LIVE_SIGNING_KEYS', '{'],
    ['FLOE_LIVE_SIGNING_KEYS', '{"keys":[]}'],
    ['FLOE_SANDBOX_SIGNING_KEYS', '{"keys":[{"kty":"RSA","kid":"a"}]}'],
    ['FLOE_RECONCILE_REQUESTS_PER_MINUTE', '0'],
    ['FLOE_RECONCILE_REQUESTS_PER_MINUTE', '60001'],
    ['FLOE_RECONCILE_REQUESTS_PER_MINUTE', 'fast'],
    ['FLOE_RECONCILE_REQUESTS_PER_MINUTE', '1.5'],
    ['FLOE_REPAIR_POLAR_WEBHOOK', 'true'],
    ['FLOE_MAIL_FROM', 'Floe <sign-in@example.com>'],
    ['FLOE_OTHER_METHODS', 'invoice'],
    ['FLOE_OTHER_METHODS', '["invoice"]'],
    ['FLOE_OTHER_METHODS', '{"invoice":"We write you one."}'],
    ['FLOE_OTHER_METHODS', '{"invoice":{"text":""}}'],
    ['FLOE_OTHER_METHODS', '{"invoice":{"text":"By invoice.","link":"javascript:alert(1)"}}'],
    ['FLOE_OTHER_METHODS', '{"invoice":{"text":"By invoice.","url":"https://example.com"}}'],
    ['FLOE_OWNER_KEYS', 'constructor'],
    ['FLOE_OWNER_KEYS', 'acme_product'],
    ['FLOE_OWNER_KEYS', 'null'],
    ['FLOE_OWNER_KEYS', '{"product":"acme_product"}'],
    ['FLOE_OWNER_KEYS', '{"product":"acme","plan":"acme"}'],
    ['FLOE_OWNER_KEYS', '{"product":"acme product","plan":"acme_plan"}'],
    ['FLOE_OWNER_KEYS', `{"product":"${'a'.repeat(41)}","plan":"acme_plan"}`],
    ['FLOE_OWNER_KEYS', '{"product":"acme_product","plan":"acme_plan","owner":1}'],
    ['FLOE_OWNER_KEYS', '{"product":"acme_product","plan":"acme_plan","more":"x"}'],
    ['FLOE_MAIL_FROM', 'a@example.com,b@example.com'],
    ['FLOE_MAIL_FROM', 'sign-in@example.com\r\nBcc: b@example.com'],
  ])('%s = %j is refused by one message that names it', (name, value) => {
    expect(() => parseWith({ [name]: value })).toThrow(ConfigError);
    expect(() => parseWith({ [name]: value })).toThrow(name);
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['45', 45],
  ])('FLOE_RECONCILE_REQUESTS_PER_MINUTE = %j is %j a minute', (value, rate) => {
    expect(parseWith({ FLOE_RECONCILE_REQUESTS_PER_MINUTE: value }).reconcileRequestsPerMinute).toBe(rate);
  });

  it.each([
    [undefined, false],
    ['', false],
    ['0', false],
    ['1', true],
  ])('FLOE_REPAIR_POLAR_WEBHOOK = %j is %j', (value, allowed) => {
    expect(parseWith({ FLOE_REPAIR_POLAR_WEBHOOK: value }).repairPolarWebhook).toBe(allowed);
  });

  it('never repeats a secret in its message', () => {
    const messageOf = (change: Settings): string => {
      try {
        parseWith(change);
        return '';
      } catch (error) {
        return String(error);
      }
    };
    for (const name of ['FLOE_ADMIN_TOKEN', 'FLOE_ENCRYPTION_KEYS', 'POLAR_LIVE_WEBHOOK_SECRETS']) {
      const message = messageOf({ [name]: 'shortsecret' });
      expect(message).toContain(name);
      expect(message).not.toContain('shortsecret');
    }
  });

  it('needs at least one mode', () => {
    expect(() =>
      parseWith({ POLAR_LIVE_ACCESS_TOKEN: undefined, POLAR_SANDBOX_ACCESS_TOKEN: undefined }),
    ).toThrow('No mode is configured');
  });

  it.each(['ACCESS_TOKEN', 'WEBHOOK_SECRETS'])('refuses an equal %s in both modes', (name) => {
    expect(() => parseWith({ [`POLAR_SANDBOX_${name}`]: good[`POLAR_LIVE_${name}`] })).toThrow(
      `POLAR_LIVE_${name}`,
    );
  });

  it('refuses an equal signing key in both modes', () => {
    expect(() => parseWith({ FLOE_SANDBOX_SIGNING_KEYS: good['FLOE_LIVE_SIGNING_KEYS'] })).toThrow(
      'SIGNING_KEYS',
    );
  });

  it('refuses an equal kid, within a mode and across modes', () => {
    const live = JSON.parse(good['FLOE_LIVE_SIGNING_KEYS'] ?? '') as { keys: { kid: string }[] };
    const sandbox = JSON.parse(good['FLOE_SANDBOX_SIGNING_KEYS'] ?? '') as { keys: { kid: string }[] };
    const renamed = { keys: sandbox.keys.map((key) => ({ ...key, kid: live.keys[0]?.kid })) };
    expect(() => parseWith({ FLOE_SANDBOX_SIGNING_KEYS: JSON.stringify(renamed) })).toThrow('kid');
    expect(() =>
      parseWith({ FLOE_LIVE_SIGNING_KEYS: JSON.stringify({ keys: [...live.keys, ...live.keys] }) }),
    ).toThrow('FLOE_LIVE_SIGNING_KEYS');
  });

  it('refuses a signing key that is to sign from a time in milliseconds', () => {
    const { keys } = JSON.parse(good['FLOE_LIVE_SIGNING_KEYS'] ?? '') as { keys: object[] };
    const next = { ...keys[0], kid: 'next' };
    const signingFrom = (sign_from: number) =>
      parseWith({ FLOE_LIVE_SIGNING_KEYS_2: JSON.stringify({ keys: [{ ...next, sign_from }] }) });
    expect(signingFrom(1_900_000_000).modes.live?.signingKeys).toHaveLength(2);
    expect(() => signingFrom(1_900_000_000_000)).toThrow('FLOE_LIVE_SIGNING_KEYS_2');
  });

  it('refuses development switches, secrets and another Polar beside live mode', () => {
    expect(() => parseWith({ FLOE_DEVELOPMENT: '1' })).toThrow('FLOE_DEVELOPMENT');
    expect(() => parseWith({ FLOE_ADMIN_TOKEN: 'dev_0123456789012345678901234' })).toThrow('dev_');
    const key = good['FLOE_ENCRYPTION_KEYS']?.split(':')[1];
    for (const id of ['dev_1', 'dev1'])
      expect(() => parseWith({ FLOE_ENCRYPTION_KEYS: `${id}:${key}` })).toThrow('FLOE_ENCRYPTION_KEYS');
    const { keys } = JSON.parse(good['FLOE_LIVE_SIGNING_KEYS'] ?? '') as { keys: object[] };
    const local = JSON.stringify({ keys: [{ ...keys[0], kid: 'dev_a' }] });
    expect(() => parseWith({ FLOE_LIVE_SIGNING_KEYS: local })).toThrow('FLOE_LIVE_SIGNING_KEYS');
    expect(() => parseWith({ POLAR_LIVE_API_URL: 'https://polar.evil.dev' })).toThrow('POLAR_LIVE_API_URL');
  });

  it('allows them in a sandbox of one’s own', () => {
    const config = parseWith({
      POLAR_LIVE_ACCESS_TOKEN: undefined,
      FLOE_DEVELOPMENT: '1',
      FLOE_URL: 'http://127.0.0.1:8787',
      POLAR_SANDBOX_API_URL: 'http://127.0.0.1:8788',
    });
    expect([config.url, config.modes.sandbox?.apiUrl]).toEqual([
      'http://127.0.0.1:8787',
      'http://127.0.0.1:8788',
    ]);
  });

  it('names all wrong settings at once', () => {
    const wrong = {
      FLOE_URL: 'pay.example.com',
      FLOE_ADMIN_TOKEN: 'short',
      FLOE_ENCRYPTION_KEYS: undefined,
      POLAR_LIVE_WEBHOOK_SECRETS: undefined,
      FLOE_SANDBOX_SIGNING_KEYS: '{',
      FLOE_MAIL_FROM: 'nobody',
    };
    try {
      parseWith(wrong);
      expect.unreachable();
    } catch (error) {
      const { problems } = error as ConfigError;
      expect(problems).toHaveLength(6);
      for (const name of Object.keys(wrong)) expect(problems.join('\n')).toContain(name);
    }
  });

  describe('as it was pasted', () => {
    it.each(['\n', '\r\n', ' ', '\t', '\uFEFF'])('ends with %j', (end) => {
      const settings = Object.fromEntries(
        Object.entries(good).map(([name, value]) => [name, value === undefined ? value : `${value}${end}`]),
      );
      expect(parse(settings)).toEqual(parse(good));
    });

    const whole: Settings = Object.fromEntries(
      [
        'FLOE_URL FLOE_ADMIN_TOKEN FLOE_ENCRYPTION_KEYS FLOE_LIVE_SIGNING_KEYS FLOE_MAIL_FROM',
        'POLAR_LIVE_ACCESS_TOKEN POLAR_LIVE_ORGANIZATION_ID POLAR_LIVE_WEBHOOK_SECRETS',
      ].flatMap((names) => names.split(' ').map((name) => [name, name])),
    );
    it.each(Object.keys(whole))('%s in quotes, or behind its own name, is refused and named', (name) => {
      const value = good[name] ?? '';
      for (const pasted of [`"${value}"`, `'${value}'`, `“${value}”`])
        expect(() => parseWith({ [name]: pasted })).toThrow(`${name} is written with quotes`);
      expect(() => parseWith({ [name]: `${name}=${value}` })).toThrow(`${name} repeats its own name`);
    });

    it.each(['POLAR_LIVE_ACCESS_TOKEN', 'FLOE_ADMIN_TOKEN', 'POLAR_LIVE_WEBHOOK_SECRETS'])(
      '%s over a line break, with a hidden character or as a header is refused and named',
      (name) => {
        const value = good[name]?.split(',')[0] ?? '';
        const broken = `${value.slice(0, 30)}\n${value.slice(30)}`;
        const hidden = `${value.slice(0, 30)}\u200b${value.slice(30)}`;
        for (const pasted of [broken, hidden])
          expect(() => parseWith({ [name]: pasted })).toThrow(`${name} has white space`);
        expect(() => parseWith({ [name]: `Bearer ${value}` })).toThrow(`${name} begins with`);
      },
    );

    it('a webhook secret with the version of a signature before it is refused for that', () => {
      const secret = good['POLAR_SANDBOX_WEBHOOK_SECRETS'];
      expect(() => parseWith({ POLAR_SANDBOX_WEBHOOK_SECRETS: `v1,${secret}` })).toThrow(
        'how a signature is written',
      );
    });
  });

  it('counts the bytes that a webhook secret decodes to', () => {
    const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 'key').toString('base64')}`;
    expect(of(17).length).toBeGreaterThan(24);
    expect(() => parseWith({ POLAR_LIVE_WEBHOOK_SECRETS: of(23) })).toThrow('has 23 bytes');
    expect(parseWith({ POLAR_LIVE_WEBHOOK_SECRETS: of(24) }).modes.live?.webhookSecrets).toEqual([of(24)]);
    // Not base64, so it is used as text: then the text counts, without the prefix that everybody knows.
    expect(() => parseWith({ POLAR_LIVE_WEBHOOK_SECRETS: `whsec_${'a-b'.repeat(7)}` })).toThrow(
      'has 21 bytes',
    );
  });

  it('refuses one organization in two modes', () => {
    expect(() => parseWith({ POLAR_SANDBOX_ORGANIZATION_ID: good['POLAR_LIVE_ORGANIZATION_ID'] })).toThrow(
      'are one organization',
    );
  });

  it('refuses keys that are one byte again and again', () => {
    const zeros = Buffer.alloc(32).toString('base64');
    expect(() => parseWith({ FLOE_ENCRYPTION_KEYS: `k1:${zeros}` })).toThrow('one byte again');
    expect(() => parseWith({ FLOE_ADMIN_TOKEN: '0'.repeat(32) })).toThrow('FLOE_ADMIN_TOKEN');
    expect(() => parseWith({ POLAR_LIVE_WEBHOOK_SECRETS: `whsec_${'A'.repeat(43)}` })).toThrow(
      'POLAR_LIVE_WEBHOOK_SECRETS',
    );
    const { keys } = JSON.parse(good['FLOE_LIVE_SIGNING_KEYS'] ?? '') as { keys: object[] };
    const empty = JSON.stringify({ keys: [{ ...keys[0], d: 'A'.repeat(43) }] });
    expect(() => parseWith({ FLOE_LIVE_SIGNING_KEYS: empty })).toThrow('FLOE_LIVE_SIGNING_KEYS');
  });

  /** Each setting that holds keys, and a way to write a given 32 bytes into it. */
  const holders: Record<string, (base64: string) => string> = {
    FLOE_ADMIN_TOKEN: (base64) => base64,
    FLOE_ENCRYPTION_KEYS: (base64) => `k9:${base64}`,
    ...Object.fromEntries(
      ['LIVE', 'SANDBOX'].flatMap((mode) => [
        [`POLAR_${mode}_ACCESS_TOKEN`, (base64: string) => base64],
        [`POLAR_${mode}_WEBHOOK_SECRETS`, (base64: string) => `whsec_${base64}`],
        [
          `FLOE_${mode}_SIGNING_KEYS`,
          (base64: string) => {
            const { keys } = JSON.parse(good[`FLOE_${mode}_SIGNING_KEYS`] ?? '') as { keys: object[] };
            return JSON.stringify({
              keys: [{ ...keys[0], d: Buffer.from(base64, 'base64').toString('base64url') }],
            });
          },
        ],
      ]),
    ),
  };
  const pairs = Object.keys(holders).flatMap((one, i) =>
    Object.keys(holders)
      .slice(i + 1)
      .map((other): [string, string] => [one, other]),
  );
  it.each(pairs)('%s and %s may not share a value, however each is written', (one, other) => {
    const value = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7 + 251)).toString('base64');
    const write = (name: string) => holders[name]?.(value);
    expect(() => parseWith({ [one]: write(one), [other]: write(other) })).toThrow(/share a value/);
    expect(() => parseWith({ [one]: write(one) })).not.toThrow();
  });
});
