import * as z from 'zod/mini';

/*
 * Reads single settings as an operator pasted them. White space around them is removed; anything else that is wrong is
 * refused by a message that names the setting and says what to do, but never repeats its value.
 */

/** Names all settings that are missing, too short or malformed, one message for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[]) {
    const all = typeof problems === 'string' ? [problems] : problems;
    super(all.join(' '));
    this.problems = all;
  }
}

/** An Ed25519 private JWK. `sign_from` (unix seconds): the key is published before, but signs only from then on. */
export interface SigningKey {
  kty: 'OKP';
  crv: 'Ed25519';
  kid: string;
  x: string;
  d: string;
  sign_from: number;
}

/** An AES-256 key for data at rest. `encrypt_from` (unix seconds): it decrypts before, but encrypts only from then on. */
export interface EncryptionKey {
  id: string;
  key: Uint8Array<ArrayBuffer>;
  encrypt_from: number;
}

const MIN_SECRET_BYTES = 24;
/** Eleven digits: beyond the year 5000, and far below a time in milliseconds. */
const MAX_SECONDS = 99_999_999_999;
const QUOTES = ['"', "'", '`', '“', '‘'];
const WEBHOOK_PREFIX = 'whsec_';

/** A setting without the white space around it; undefined when nothing is left. @throws {ConfigError} for quotes around it */
export function readSetting(name: string, value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  if (!trimmed) return undefined;
  if (QUOTES.some((quote) => trimmed.startsWith(quote)))
    throw new ConfigError(`${name} is written with quotes around it: set the value alone.`);
  if (trimmed.startsWith(`${name}=`))
    throw new ConfigError(`${name} repeats its own name: set what follows the equals sign.`);
  return trimmed;
}

/** A secret of at least 24 bytes. @throws {ConfigError} */
export function readSecret(name: string, value: string | undefined): string {
  const secret = readSetting(name, value);
  if (secret === undefined)
    throw new ConfigError(`${name} is not set. Set it with: wrangler secret put ${name}`);
  checkSecret(name, secret, new TextEncoder().encode(secret).byteLength);
  return secret;
}

/** Polar's webhook secrets, several with commas while rotating. @throws {ConfigError} */
export function readWebhookSecrets(name: string, value: string | undefined): string[] {
  const parts = (readSetting(name, value) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0)
    throw new ConfigError(`${name} is not set. Give one secret, or several with commas while rotating.`);
  return parts.map((part) => {
    if (/^v\d\w?$/.test(part)) {
      throw new ConfigError(
        `${name} begins with \`${part},\`, which is how a signature is written: give the secret from ${WEBHOOK_PREFIX} on.`,
      );
    }
    const secret = readSetting(name, part) ?? '';
    checkSecret(name, secret, countKeyBytes(secret));
    return secret;
  });
}

/**
 * The length of the key that a webhook secret stands for: the base64 behind `whsec_` (Standard Webhooks), or else the
 * text's own bytes.
 */
function countKeyBytes(secret: string): number {
  const encoded = secret.startsWith(WEBHOOK_PREFIX) ? secret.slice(WEBHOOK_PREFIX.length) : secret;
  if (encoded !== secret) {
    try {
      return atob(encoded).length;
    } catch {
      // It is a secret of Polar's older kind, whose text is the key.
    }
  }
  return new TextEncoder().encode(encoded).byteLength;
}

function checkSecret(name: string, secret: string, bytes: number): void {
  if (/^bearer\s/i.test(secret))
    throw new ConfigError(`${name} begins with \`Bearer\`: set the token alone.`);
  if (/[\s\p{Cc}\p{Cf}]/u.test(secret)) {
    throw new ConfigError(
      `${name} has white space or an invisible character inside it. Was it copied over a line break?`,
    );
  }
  if (bytes < MIN_SECRET_BYTES) {
    throw new ConfigError(
      `${name} has ${bytes} bytes; it needs at least ${MIN_SECRET_BYTES}. ${whereFrom(name)}`,
    );
  }
  if (new Set(secret.replace(WEBHOOK_PREFIX, '')).size === 1)
    throw new ConfigError(`${name} is one character again and again. ${whereFrom(name)}`);
}

/** Polar makes some secrets, and the operator the others. */
const whereFrom = (name: string): string =>
  name.startsWith('POLAR_') ? 'Copy it whole from Polar.' : 'Try: openssl rand -base64 32';

/** An http(s) origin without a path. @throws {ConfigError} */
export function readOrigin(name: string, value: string | undefined, development: boolean): string {
  const text = readSetting(name, value)?.replace(/\/$/, '');
  const url = text === undefined ? null : URL.parse(text);
  if (!url || url.origin !== text || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new ConfigError(`${name} must be an origin such as https://pay.example.com, with no path.`);
  if (url.protocol === 'http:' && !development) throw new ConfigError(`${name} must use https.`);
  return url.origin;
}

/** The id of an organization of Polar's. @throws {ConfigError} */
export function readOrganizationId(name: string, value: string | undefined): string {
  const id = readSetting(name, value) ?? '';
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
    throw new ConfigError(`${name} must be your Polar organization's id, a lowercase UUID.`);
  return id;
}

/** A whole number from `least` to `most`; undefined when unset. @throws {ConfigError} */
export function readNumber(
  name: string,
  value: string | undefined,
  most: number,
  least = 1,
): number | undefined {
  const text = readSetting(name, value);
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < least || number > most)
    throw new ConfigError(`${name} must be a whole number from ${least} to ${most}, or unset.`);
  return number;
}

/** The address that mail comes from; undefined when unset. @throws {ConfigError} */
export function readAddress(name: string, value: string | undefined): string | undefined {
  const address = readSetting(name, value);
  if (address !== undefined && !/^[^\s@<>",;]{1,64}@[^\s@<>",;]{1,255}$/.test(address))
    throw new ConfigError(`${name} must be an e-mail address such as sign-in@example.com, with no name.`);
  return address;
}

/**
 * Only `1` and `0` are accepted, so that a switch which was meant to be on is not silently off. @throws {ConfigError}
 */
export function readFlag(name: string, value: string | undefined): boolean {
  const flag = readSetting(name, value) ?? '0';
  if (flag !== '0' && flag !== '1') throw new ConfigError(`${name} must be 1 (on), or 0 or unset (off).`);
  return flag === '1';
}

/** `id:base64`, or `id:base64:<encrypt_from>`; several with commas, newest first. @throws {ConfigError} */
export function readEncryptionKeys(name: string, value: string | undefined): EncryptionKey[] {
  const shape = `${name} must be \`id:base64\` with 32 bytes, several with commas, newest first. Try: echo "k1:$(openssl rand -base64 32)"`;
  const keys = (readSetting(name, value) ?? '').split(',').map((part): EncryptionKey => {
    const [id, encoded, from = '0', ...more] = part.trim().split(':');
    const key = id && encoded ? decodeBase64(encoded) : undefined;
    if (!id || key?.byteLength !== 32 || !/^\d{1,11}$/.test(from) || more.length > 0)
      throw new ConfigError(shape);
    if (new Set(key).size === 1)
      throw new ConfigError(`${name} has a key of one byte again and again, such as zeros. ${shape}`);
    return { id, key, encrypt_from: Number(from) };
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length)
    throw new ConfigError(`${name} has two keys with one id. Each key needs its own.`);
  return keys;
}

const signingKeys = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        kid: z.string().check(z.minLength(1)),
        x: z.string().check(z.minLength(43)),
        d: z.string().check(z.minLength(43)),
        sign_from: z._default(z.int(), 0),
      }),
    )
    .check(z.minLength(1)),
});

/** What the operator says of a method of payment that Floe takes no money with, and where it is taken. */
export interface MethodWords {
  text: string;
  link?: string | undefined;
}

const WORDS_CHARS = 500;
const LINK_CHARS = 2048;

/** JSON: words for each method by its name, `*` for all others; none when unset. @throws {ConfigError} */
export function readMethodWords(
  name: string,
  value: string | undefined,
): Readonly<Record<string, MethodWords>> {
  const words = parseObject(readSetting(name, value) ?? '{}');
  if (!words || !Object.values(words).every(isMethodWords))
    throw new ConfigError(
      `${name} must be JSON such as {"invoice": {"text": "We write you an invoice.", "link": "https://example.com/invoice"}}; * stands for all other methods.`,
    );
  return words as Record<string, MethodWords>;
}

function isMethodWords(value: unknown): value is MethodWords {
  const { text, link, ...more } = Object(value) as Record<string, unknown>;
  const isShort = (given: unknown, most: number) =>
    typeof given === 'string' && given !== '' && given.length <= most;
  const isLink = isShort(link, LINK_CHARS) && /^https?:$/.test(URL.parse(String(link))?.protocol ?? '');
  return isShort(text, WORDS_CHARS) && (link === undefined || isLink) && Object.keys(more).length === 0;
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A JWK set of Ed25519 private keys. @throws {ConfigError} */
export function readSigningKeys(name: string, value: string | undefined): SigningKey[] {
  const how = `${name} must be a JSON object {"keys":[…]} of Ed25519 private JWKs with a kid. The README has the command that makes one.`;
  let json: unknown;
  try {
    json = JSON.parse(readSetting(name, value) ?? '');
  } catch (error) {
    throw error instanceof ConfigError ? error : new ConfigError(how);
  }
  const parsed = signingKeys.safeParse(json);
  if (!parsed.success) throw new ConfigError(how);
  const { keys } = parsed.data;
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    throw new ConfigError(`${name} has two keys with one kid. Each key needs its own.`);
  // Written in milliseconds it would never sign.
  if (keys.some(({ sign_from }) => sign_from < 0 || sign_from > MAX_SECONDS))
    throw new ConfigError(`${name} has a key whose sign_from is not in Unix seconds.`);
  if (keys.some(({ d }) => new Set(d).size === 1))
    throw new ConfigError(`${name} has a key of zeros. The README has the command that makes one.`);
  return keys;
}

function decodeBase64(encoded: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
