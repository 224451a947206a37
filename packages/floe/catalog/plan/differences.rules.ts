import type { Entry, Kind } from '../model/catalog.rules.ts';
import { CONTENT_ID } from '../model/metadata.rules.ts';

/* How an entry differs from the same one elsewhere, field by field. */

export interface Difference {
  /** `name`, `prices`, `metadata.content_id`. */
  field: string;
  from: unknown;
  to: unknown;
}

/** Of these the order says nothing. Benefits and media are shown in theirs. */
const SETS = new Set(['prices', 'fields']);
/** Written once, and not told again by Polar. */
const NEVER_READ: Readonly<Partial<Record<Kind, readonly string[]>>> = { benefits: ['guild_token'] };

/** What opens something by its metadata. */
export const OPENING: ReadonlySet<Kind> = new Set<Kind>(['products', 'benefits']);

/** What would have to change for `there` to be `wanted`. Keys of metadata that `wanted` does not name are somebody else's, and may stay, but for what opens something. */
export function differencesOf(kind: Kind, there: Entry, wanted: Entry): Difference[] {
  // A file is what is in it, which its key says.
  if (kind === 'files') return [];
  const before = there as unknown as Record<string, unknown>;
  return Object.entries(wanted).flatMap(([field, to]) => {
    if (field === 'key') return [];
    if (field === 'metadata' || field === 'properties') {
      const own = Object(before[field]) as Record<string, unknown>;
      const skipped = NEVER_READ[kind] ?? [];
      const said = Object(to) as Record<string, unknown>;
      // What opens something opens it for as long as it stands there, so it goes when it is said no more.
      const opens = field === 'metadata' && OPENING.has(kind) ? { [CONTENT_ID]: null } : {};
      return Object.entries({ ...opens, ...said }).flatMap(([name, value]) =>
        skipped.includes(name) || isSame(own[name], value)
          ? []
          : [{ field: `${field}.${name}`, from: own[name] ?? null, to: value }],
      );
    }
    return isSame(before[field], to, SETS.has(field)) ? [] : [{ field, from: before[field] ?? null, to }];
  });
}

/** What Polar keeps of an object for as long as it lives: another value takes another object. */
const FIXED: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  products: ['recurring_interval', 'recurring_interval_count', 'meter_interval', 'meter_interval_count'],
  benefits: ['type'],
  discounts: ['type', 'duration', 'duration_in_months'],
  fields: ['type'],
};

/** And once somebody has used it. */
const FIXED_WHEN_USED: typeof FIXED = { discounts: ['basis_points', 'amounts'] };

export const cannotChange = (kind: Kind, differences: readonly Difference[], isUsed: boolean): Difference[] =>
  differences.filter(
    ({ field }) => FIXED[kind]?.includes(field) || (isUsed && FIXED_WHEN_USED[kind]?.includes(field)),
  );

/** Whether two values say the same; null and nothing are one. `isSet`: a list whose order says nothing. */
export function isSame(a: unknown, b: unknown, isSet = false): boolean {
  return spell(a, isSet) === spell(b, isSet);
}

/** One text a value: names in order, without what is null. */
function spell(value: unknown, isSet = false): string {
  if (Array.isArray(value)) {
    const each = value.map((one) => spell(one));
    return `[${(isSet ? each.toSorted() : each).join()}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
    return `{${entries
      .map(([name, one]) => `${JSON.stringify(name)}:${spell(one)}`)
      .toSorted()
      .join()}}`;
  }
  return JSON.stringify(value ?? null);
}
