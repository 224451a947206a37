/* Takes out of what is shown whatever opens or pays for something: keys, signing secrets, tokens, codes, cards. */

const MASK = '…';

/** Names of fields and of parts of queries whose values are secret. */
const SECRET_NAMES =
  /(?:^|[_-])(?:secrets?|tokens?|session|authorization|password|nonce|code|otp|totp|passcode|cookie|signature|credential|verifier|keys?|apikey|cvc|cvv|card|expiry)$|card_number/i;
/** Such a name, but what anybody may read. */
const OPEN_NAMES = /^(?:postal|country|currency|status|error)_?code$/i;
/** The code of a refusal, `already_subscribed`. A code by mail or of a redirect has no such look. */
const CODE_OF_REFUSAL = /^[a-z]+(?:_[a-z]+)+$/;

/** What is secret wherever it stands, and how much of it says what it was. */
const SECRET_TEXTS: readonly RegExp[] = [
  /(?<kept>floe_(?:sk|pk|st)_(?:live|sandbox)_)[\w-]{8,}/g,
  /(?<kept>whsec_)[\w+/=-]{8,}/g,
  /(?<kept>polar_[a-z]{1,6}_)[\w-]{6,}/g,
  // A JWT.
  /(?<kept>eyJ)[\w-]{6,}\.[\w-]{6,}\.[\w-]{6,}/g,
  /(?<kept>Bearer )[\w.~+/=-]{8,}/g,
];

/** Most texts have nothing of them. */
const SUSPECT = /floe_|whsec_|polar_|eyJ|Bearer |\d(?:[ -]?\d){12}|[=%]/;

/** A name in a query or a fragment, and where its value ends. */
const NAME = /(?<=^|[?&#])([^=&#?\s]{1,100})=/g;
const VALUE = /[^&#\s"'<>]+/y;

/** 13 to 19 digits, perhaps in groups: a card, when its check digit is right. */
const CARD = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])/g;
const MAX_DEPTH = 24;
/** How often a text may be escaped. */
const MAX_ESCAPES = 5;

/** Masks texts that are known to be secret, beside everything that looks so. */
export interface Masker {
  /** A copy of a JSON value without secrets. */
  value(value: unknown): unknown;
  /** A text or an address: what looks secret, and what stands under a secret name in a query or a fragment, also when it is escaped. */
  text: (text: string) => string;
}

/** `known`: secrets of this machine, whatever they look like. */
export function createMasker(known: Iterable<string>): Masker {
  const secrets = [...known].filter((each) => each.length >= 8);
  const maskPlain = (whole: string): string => {
    let masked = maskQueries(whole);
    for (const secret of secrets) masked = masked.replaceAll(secret, MASK);
    for (const pattern of SECRET_TEXTS) masked = masked.replaceAll(pattern, `$<kept>${MASK}`);
    return masked.replaceAll(CARD, (digits) => (isCard(digits.replaceAll(/\D/g, '')) ? MASK : digits));
  };
  const text = (whole: string, depth = 0): string => {
    if (!SUSPECT.test(whole) && !secrets.some((secret) => whole.includes(secret))) return whole;
    if (depth > MAX_ESCAPES) return MASK;
    const masked = maskPlain(whole);
    const plain = unescape(masked);
    if (plain === masked) return masked;
    const inner = text(plain, depth + 1);
    return inner === plain ? masked : inner;
  };
  const value = (part: unknown, name = '', depth = 0): unknown => {
    if (depth > MAX_DEPTH) return MASK;
    if (typeof part === 'string') {
      if (isSecret(name, part)) return keepKind(part);
      return text(part);
    }
    if (typeof part === 'number') return isSecret(name, String(part)) ? MASK : part;
    if (Array.isArray(part)) return part.map((each) => value(each, name, depth + 1));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, each]) => [text(key), value(each, key, depth + 1)]),
    );
  };
  return { value: (whole) => value(whole), text: (whole) => text(whole) };
}

function isSecret(name: string, value: string): boolean {
  if (value === '' || !isSecretName(name)) return false;
  return !(name === 'code' && CODE_OF_REFUSAL.test(value));
}

/** `apiKey` is read as `api_Key`. */
function isSecretName(name: string): boolean {
  const words = name.replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_');
  return SECRET_NAMES.test(words) && !OPEN_NAMES.test(words);
}

/** The value of an open name may be an address with a query of its own, so each name is looked at. */
function maskQueries(whole: string): string {
  let masked = '';
  let end = 0;
  for (const { 0: found, 1: name = '', index } of whole.matchAll(NAME)) {
    if (index < end || !isSecretName(unescape(name))) continue;
    VALUE.lastIndex = index + found.length;
    const value = VALUE.exec(whole)?.[0];
    if (value === undefined) continue;
    masked += whole.slice(end, index) + found + MASK;
    end = index + found.length + value.length;
  }
  return masked + whole.slice(end);
}

/** Takes percent signs off once, wherever they stand for a text. */
function unescape(escaped: string): string {
  return escaped.replaceAll(/(?:%[\da-f]{2})+/gi, (part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}

/** The beginning that says which kind it is, when the text has one. */
function keepKind(secret: string): string {
  for (const pattern of SECRET_TEXTS) {
    const kept = new RegExp(pattern.source).exec(secret)?.groups?.['kept'];
    if (kept !== undefined && secret.startsWith(kept)) return kept + MASK;
  }
  return MASK;
}

/** Luhn's check digit (ISO/IEC 7812-1). */
function isCard(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of digits.split('').toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
