/*
 * JSON whose numbers stay as they were written (ADR 48). JavaScript reads 653247040368672769 as …800 and writes 1e400
 * as null. A number that it would write in another way is kept as its text (`JSON.rawJSON`), which `JSON.stringify`
 * writes again. TypeScript's library does not know `rawJSON` yet.
 */
declare global {
  interface JSON {
    rawJSON(text: string): ExactNumber;
    isRawJSON(value: unknown): value is ExactNumber;
    parse(text: string, reviver: Reviver): unknown;
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/** A number as the text that was written. */
interface ExactNumber {
  readonly rawJSON: string;
}

/**
 * Matches where a number may begin that has 16 digits, a fraction, an exponent or is `-0`. Only such texts need the
 * reviver, which is slow.
 */
const MAY_BE_ODD = /(?:^|"\s*:|[[,])\s*(?:-?\d{16}|-?\d{1,15}[.eE]|-0)/;

/** Reads JSON that is passed on. @throws {SyntaxError} */
export function parseJson(text: string): unknown {
  if (!MAY_BE_ODD.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? JSON.rawJSON(source)
      : value,
  );
}

/**
 * Reads a request. A number that JavaScript cannot hold exactly stays an `ExactNumber` (`1.0` becomes `1`). No schema
 * accepts that as a number, so the field is refused by its name instead of being rounded. @throws {SyntaxError}
 */
export function parseRequestJson(text: string): unknown {
  if (!MAY_BE_ODD.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? plainNumber(JSON.rawJSON(source)) : value,
  );
}

/**
 * Turns an `ExactNumber` into JavaScript's number where that is exactly the same: `1.0` is 1. Any other value is
 * returned as it is.
 */
export function plainNumber(value: unknown): unknown {
  if (!JSON.isRawJSON(value)) return value;
  const number = Number(value.rawJSON);
  return normalForm(String(number)) === normalForm(value.rawJSON) ? number : value;
}

/** Turns an `ExactNumber` into JavaScript's number, maybe rounded. Any other value is returned as it is. */
export function roundNumber(value: unknown): unknown {
  return JSON.isRawJSON(value) ? Number(value.rawJSON) : value;
}

/** A number in the digits that were written; undefined for any other value. */
export function writeNumber(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return JSON.isRawJSON(value) ? value.rawJSON : undefined;
}

/** The same for two spellings of one number: `1`, `1.0` and `1e0`. */
function normalForm(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  if (whole === '') return number;
  const digits = trimZeros(whole + fraction);
  if (digits === '') return '0';
  const lost = whole.length + fraction.length - (whole + fraction).search(/[1-9]/) - digits.length;
  return `${sign}${digits}e${Number(exponent) - fraction.length + lost}`;
}

function trimZeros(digits: string): string {
  const start = digits.search(/[1-9]/);
  if (start === -1) return '';
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(start, end);
}
