import { MAX_PATH } from '../../base/event-matches.rules.ts';

/*
 * The paths that conditions on events may name. One that no event has would never be met, and nobody would be told, so it is refused.
 * A test holds the fields against what `/openapi.json` says of events.
 */

const MAX_DEPTH = 6;

/** Beneath it an app or Polar chooses the names. */
const ANY = '*';

/** Everything beneath an object of an event's `data`; null: a value. */
interface Fields {
  readonly [name: string]: Fields | typeof ANY | null;
}

const values = (names: string): Fields => Object.fromEntries(names.split(' ').map((name) => [name, null]));

/** What `data` has, of whichever event. What counts messages, such as `sequence`, is not among it. */
export const EVENT_FIELDS: Fields = {
  ...values('app mode origin reason next_attempt_at'),
  payment: {
    ...values('id status kind method disputed amount net_amount tax_amount discount_amount refunded_amount'),
    ...values('refunded_tax_amount refundable_amount currency billing_reason invoice_number failure_reason'),
    ...values('checkout_id checkout_url order_id subscription_id created_at succeeded_at expires_at'),
    product: values('id name plan'),
    discount: values('id code name'),
    customer: values('id external_id email'),
    metadata: ANY,
  },
  polar: { type: null, data: ANY },
  grant: {
    ...values('id source customer resources state reason created_at expires_at revoked_at'),
    benefit: values('id type'),
    action: values('code text url'),
    error: values('type message at'),
  },
  gift: values('id payment_id product_id claimed_by customer_id external_id'),
  discount: values('id max_redemptions'),
  fulfilment: values('status by comment at'),
  endpoint: values('id url description failing_since will_be_disabled_at disabled_at disabled_reason'),
};

/** Why a path may not be asked for, in plain words; undefined: it may. Its parts go into a path of SQLite as they are. */
export function refusePath(path: string): string | undefined {
  const parts = path.split('.');
  if (path.length > MAX_PATH || parts.length > MAX_DEPTH)
    return `A path has at most ${MAX_PATH} characters and ${MAX_DEPTH} parts.`;
  if (!parts.every((part) => /^[A-Za-z0-9_-]{1,64}$/.test(part)))
    return 'A path is names with dots between them, such as payment.amount.';
  if (isField(parts)) return undefined;
  const near = nearestTo(parts);
  return near === undefined
    ? `No event has this field in its data, where paths begin with one of ${Object.keys(EVENT_FIELDS).join(', ')}.`
    : `No event has this field in its data. Is it ${near}?`;
}

function isField(parts: readonly string[]): boolean {
  let at: Fields[string] | undefined = EVENT_FIELDS;
  for (const part of parts) {
    if (at === ANY) return true;
    if (at === null || !Object.hasOwn(at, part)) return false;
    at = at[part] ?? null;
  }
  return true;
}

/** The field that was probably meant: but for two letters, with each name as its object has it, or with this name elsewhere. */
function nearestTo(parts: readonly string[]): string | undefined {
  const path = parts.join('.');
  const fields = listFields(EVENT_FIELDS)
    .map((field) => ({ field, letters: countOtherLetters(path, field) }))
    .toSorted((one, other) => one.letters - other.letters);
  const slip = fields.find(({ letters }) => letters <= 2);
  if (slip) return slip.field;
  return correct(parts) ?? fields.find(({ field }) => field.split('.').at(-1) === parts.at(-1))?.field;
}

function correct(parts: readonly string[]): string | undefined {
  let at: Fields[string] | undefined = EVENT_FIELDS;
  const corrected = [];
  for (const part of parts) {
    const name: string | undefined = at === ANY ? part : nearestOf(part, Object.keys(at ?? {}));
    if (name === undefined) return undefined;
    corrected.push(name);
    if (at !== ANY) at = at?.[name] ?? null;
  }
  return corrected.join('.');
}

/** The name itself, or the one with the fewest other letters, if these are less than a third. */
function nearestOf(part: string, names: readonly string[]): string | undefined {
  const [nearest] = names
    .map((name) => ({ name, letters: countOtherLetters(part, name) }))
    .toSorted((one, other) => one.letters - other.letters);
  return nearest && nearest.letters <= Math.floor(part.length / 3) ? nearest.name : undefined;
}

/** Each path, of objects too: `payment`, `payment.product`, `payment.product.id`. */
export function listFields(fields: Fields, above = ''): string[] {
  return Object.entries(fields).flatMap(([name, beneath]) => {
    const path = `${above}${name}`;
    return beneath === null || beneath === ANY ? [path] : [path, ...listFields(beneath, `${path}.`)];
  });
}

/** How many letters have to be changed, added or left out to make one text of the other (Levenshtein's distance). */
function countOtherLetters(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [line, letter] of one.split('').entries()) {
    const next = [line + 1];
    for (const [at, theirs] of other.split('').entries())
      next.push(
        Math.min((row[at] ?? 0) + (letter === theirs ? 0 : 1), (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
