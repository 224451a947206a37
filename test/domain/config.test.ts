import { beforeAll, describe, expect, it } from 'vitest';
import { type Bindings, ConfigError, parseConfig } from '../../src/config.ts';
import { makeTestBindings } from '../worker/bindings.ts';

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

  it('refuses development switches, secrets and another Polar beside live mode', () => {
    expect(() => parseWith({ FLOE_DEVELOPMENT: '1' })).toThrow('FLOE_DEVELOPMENT');
    expect(() => parseWith({ FLOE_ADMIN_TOKEN: 'dev_0123456789012345678901234' })).toThrow('dev_');
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
});
