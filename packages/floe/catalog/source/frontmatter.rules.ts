import * as z from 'zod';
import { amountField, currencyField } from '../model/prices.rules.ts';
import { nearest } from './near-words.rules.ts';
import { type Fault, faultsOf, type LineOf, parseYaml } from './yaml-text.rules.ts';

/* The frontmatter of a page that is sold. Names and meaning are MonaKiosk's; `free` and `preview` are more. */

const FENCE = /^---[ \t]*$/;
/** Of TOML, which Astro reads too. */
const TOML_FENCE = /^\+\+\+[ \t]*$/;
const TOML_PRICE = /^[ \t]*["']?price["']?[ \t]*=/;
const LONE_PRICE = /(?:^|\s)price:\S/;

/** `title: 1984` is a number in YAML. */
const words = z.union([z.string(), z.number().transform(String)]).pipe(z.string().trim().min(1));
const DIGITS = /^\s*\d+\s*$/;

const pageFields = z.object({
  /** In minor units. */
  price: z.preprocess(
    (said) => (typeof said === 'string' && DIGITS.test(said) ? Number(said) : said),
    amountField,
  ),
  currency: currencyField.optional(),
  interval: z.enum(['day', 'week', 'month', 'year']).optional(),
  title: words.optional(),
  description: words.optional(),
  slug: words.optional(),
  downloads: z
    .array(z.object({ title: words, file: z.string(), description: z.string().optional() }))
    .default([]),
  /** Of a chapter: everybody may read it. */
  free: z.boolean().default(false),
  /** How many paragraphs everybody may read, or false. The site reads it. */
  preview: z.union([z.boolean(), z.int().min(0)]).optional(),
});
export type PageFields = z.output<typeof pageFields>;

export type ReadPage = { fields: PageFields; lineOf: LineOf } | { faults: Fault[] } | undefined;

/** All fields of a Markdown text's frontmatter, as they are written; undefined when it has none. */
export function readFields(
  text: string,
  file: string,
): { fields: Readonly<Record<string, unknown>>; lineOf: LineOf } | { faults: Fault[] } | undefined {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  // Astro takes what stands behind empty lines for frontmatter, too.
  const start = lines.findIndex((line) => line.trim() !== '');
  if (TOML_FENCE.test(lines[start] ?? '')) return tomlFault(lines, start, file);
  if (!FENCE.test(lines[start] ?? '')) return undefined;
  const end = lines.findIndex((line, i) => i > start && FENCE.test(line));
  if (end === -1) {
    const message = 'its frontmatter does not end: a line --- is missing';
    return { faults: [{ file, line: start + 1, field: '', message }] };
  }
  const parsed = parseYaml(lines.slice(start + 1, end).join('\n'), file, start + 2);
  if ('faults' in parsed) return parsed;
  if (typeof parsed.value === 'string' && LONE_PRICE.test(parsed.value)) {
    const message = 'its frontmatter has no fields: behind price: a space is missing';
    return { faults: [{ file, line: start + 1, field: '', message }] };
  }
  return { fields: Object(parsed.value) as Record<string, unknown>, lineOf: parsed.lineOf };
}

/** Frontmatter in TOML is not read. A price in it would sell nothing, and everybody would read the page. */
function tomlFault(lines: readonly string[], start: number, file: string): { faults: Fault[] } | undefined {
  const end = lines.findIndex((line, i) => i > start && TOML_FENCE.test(line));
  const at = lines.findIndex((line, i) => i > start && i < end && TOML_PRICE.test(line));
  if (at === -1) return undefined;
  const message = 'is read from frontmatter in YAML (between lines ---), and this is TOML';
  return { faults: [{ file, line: at + 1, field: 'price', message }] };
}

/**
 * The frontmatter of a Markdown text that has a price; undefined when it has none, and is not sold by itself. Other fields are the site's own, and so are all of a
 * page that is not sold.
 */
export function readFrontmatter(text: string, file: string): ReadPage {
  const found = readFields(text, file);
  if (found === undefined || 'faults' in found) return found;
  if (!Object.hasOwn(found.fields, 'price')) return undefined;
  // What is left empty is not said; an empty price is a mistake, and not free.
  const said = Object.entries(found.fields).filter(([name, value]) => value !== null || name === 'price');
  const read = pageFields.safeParse(Object.fromEntries(said), { reportInput: true });
  return read.success
    ? { fields: read.data, lineOf: found.lineOf }
    : { faults: faultsOf(read.error, file, found.lineOf) };
}

/* Fields that sell a page, and what somebody would write there. A word that is nearly one of them and has such a value was meant as it. */
const MEANT: Readonly<Record<string, (value: unknown) => boolean>> = {
  price: (value) =>
    typeof value === 'number' || (typeof value === 'string' && /^\D{0,3}\d+(?:[.,]\d+)?\D{0,3}$/.test(value)),
  interval: (value) => ['day', 'week', 'month', 'year'].includes(String(value)),
  currency: (value) => typeof value === 'string' && currencyField.safeParse(value).success,
  free: (value) => typeof value === 'boolean',
  preview: (value) => typeof value === 'boolean' || typeof value === 'number',
  downloads: (value) => Array.isArray(value) && Object(value[0]).file !== undefined,
};
/** Words of their own that sites use. */
const OTHERS = new Set(['review', 'reviews', 'fee', 'tree']);

/** Fields of a page that are nearly ours, such as `prise: 700`, and would do nothing. What cannot be read is said by `catalogOfPages`. */
export function nearMisses(text: string, file: string): Fault[] {
  const read = readFields(text, file);
  if (read === undefined || 'faults' in read) return [];
  const { fields, lineOf } = read;
  const left = Object.keys(MEANT).filter((name) => !Object.hasOwn(fields, name));
  return Object.entries(fields).flatMap(([field, value]) => {
    if (Object.hasOwn(MEANT, field) || OTHERS.has(field.toLowerCase())) return [];
    const meant = nearest(field, left);
    if (meant === undefined || !MEANT[meant]?.(value)) return [];
    return [{ file, line: lineOf([field]), field, message: `does nothing; did you mean ${meant}?` }];
  });
}
