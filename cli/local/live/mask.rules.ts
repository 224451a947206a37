/* Takes out of what is shown whatever opens or pays for something: keys, signing secrets, tokens, codes, cards. */

const MASK = '…';

/** Names of fields and of parts of queries whose values are secret. */
const SECRET_NAMES =
  /(?:^|[_-])(?:secrets?|tokens?|session|authorization|password|nonce|code|cookie|signature|credential|verifier|keys?|cvc|cvv|card|expiry)$|card_number/i;
/** Such a name, but a word that anybody may read: `"code": "already_subscribed"`. */
const OPEN_NAMES = /^(?:postal|country|currency|status|error)_?code$/i;
const WORDS = /^[a-z]+(?:_[a-z]+)*$/;

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
const SUSPECT = /floe_|whsec_|polar_|eyJ|Bearer |\d(?:[ -]?\d){12}/;

/** 13 to 19 digits, perhaps in groups: a card, when its check digit is right. */
const CARD = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])/g;
const MAX_DEPTH = 24;

/** Masks texts that are known to be secret, beside everything that looks so. */
export interface Masker {
  /** A copy of a JSON value without secrets. */
  value(value: unknown): unknown;
  text(text: string): string;
  /** An address: secrets of its path and its query. */
  url(url: string): string;
}

/** `known`: secrets of this machine, whatever they look like. */
export function createMasker(known: Iterable<string>): Masker {
  const secrets = [...known].filter((each) => each.length >= 8);
  const text = (whole: string): string => {
    if (!SUSPECT.test(whole) && !secrets.some((secret) => whole.includes(secret))) return whole;
    let masked = whole;
    for (const secret of secrets) masked = masked.replaceAll(secret, MASK);
    for (const pattern of SECRET_TEXTS) masked = masked.replaceAll(pattern, `$<kept>${MASK}`);
    return masked.replaceAll(CARD, (digits) => (isCard(digits.replaceAll(/\D/g, '')) ? MASK : digits));
  };
  const url = (whole: string): string => {
    const [before = '', ...queries] = whole.split('?');
    if (queries.length === 0) return text(before);
    const query = queries
      .join('?')
      .split('&')
      .map((pair) => {
        const [name = '', ...value] = pair.split('=');
        return isSecret(name, value.join('=')) ? `${name}=${MASK}` : pair;
      });
    return text(`${before}?${query.join('&')}`);
  };
  const value = (part: unknown, name = '', depth = 0): unknown => {
    if (depth > MAX_DEPTH) return MASK;
    if (typeof part === 'string') {
      if (isSecret(name, part)) return keepKind(part);
      return /^https?:\/\//.test(part) ? url(part) : text(part);
    }
    if (typeof part === 'number') return isSecret(name, String(part)) ? MASK : part;
    if (Array.isArray(part)) return part.map((each) => value(each, name, depth + 1));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, each]) => [text(key), value(each, key, depth + 1)]),
    );
  };
  return { value: (whole) => value(whole), text, url };
}

function isSecret(name: string, value: string): boolean {
  if (value === '' || !SECRET_NAMES.test(name) || OPEN_NAMES.test(name)) return false;
  return !(/code$/i.test(name) && WORDS.test(value));
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
