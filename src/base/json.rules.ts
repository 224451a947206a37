/*
 * JSON whose numbers stay as they were written. JavaScript reads 653247040368672769 as …800 and 1e400 as null: in what is
 * passed on, a number that would be written otherwise is kept in its own words (`JSON.rawJSON`), and `JSON.stringify`
 * writes these again. TypeScript's library does not know them yet.
 */
declare global {
  interface JSON {
    rawJSON(text: string): ExactNumber;
    isRawJSON(value: unknown): value is ExactNumber;
    parse(text: string, reviver: Reviver): unknown;
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/** A number in the words of whoever wrote it. */
interface ExactNumber {
  readonly rawJSON: string;
}

/** Where a number may begin, and then 16 digits, a fraction, an exponent or `-0`. The reviver is slow, and seldom needed. */
const MAY_BE_ODD = /(?:^|"\s*:|[[,])\s*(?:-?\d{16}|-?\d{1,15}[.eE]|-0)/;

/** Reads what is passed on. @throws {SyntaxError} */
export function parseJson(text: string): unknown {
  if (!MAY_BE_ODD.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? JSON.rawJSON(source)
      : value,
  );
}

/**
 * Reads a request. Only a number that JavaScript cannot hold (`1.0` is `1`) stays an `ExactNumber`, which no schema
 * takes for a number: what cannot be passed on as it was meant is refused by name. @throws {SyntaxError}
 */
export function parseRequestJson(text: string): unknown {
  if (!MAY_BE_ODD.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? plainNumber(JSON.rawJSON(source)) : value,
  );
}

/** A JSON value's number as JavaScript has it where that is the same one: `1.0` is 1. Anything else as it is. */
export function plainNumber(value: unknown): unknown {
  if (!JSON.isRawJSON(value)) return value;
  const number = Number(value.rawJSON);
  return normalForm(String(number)) === normalForm(value.rawJSON) ? number : value;
}

/** A JSON value's number as JavaScript has it, maybe rounded; anything else as it is. */
export function roundNumber(value: unknown): unknown {
  return JSON.isRawJSON(value) ? Number(value.rawJSON) : value;
}

/** A JSON value's number in its own digits; undefined for anything else. */
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
