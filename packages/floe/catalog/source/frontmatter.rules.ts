import * as z from 'zod';
import { amountField, currencyField } from '../model/prices.rules.ts';
import { type Fault, faultsOf, type LineOf, parseYaml } from './yaml-text.rules.ts';

/* The frontmatter of a page that is sold. Names and meaning are MonaKiosk's; `free`, `preview` and `every` are more. */

const FENCE = /^---[ \t]*$/;

const pageFields = z.object({
  /** In minor units. A page without one is not sold by itself. */
  price: z.coerce.number().pipe(amountField).optional(),
  currency: currencyField.optional(),
  interval: z.enum(['day', 'week', 'month', 'year']).optional(),
  title: z.string().trim().min(1).optional(),
  description: z.string().trim().min(1).optional(),
  slug: z.string().trim().min(1).optional(),
  downloads: z
    .array(z.object({ title: z.string(), file: z.string(), description: z.string().optional() }))
    .default([]),
  /** Of a chapter: everybody may read it. */
  free: z.boolean().default(false),
  /** How many paragraphs everybody may read, or false. The site reads it. */
  preview: z.union([z.boolean(), z.int().min(0)]).optional(),
});
export type PageFields = z.output<typeof pageFields>;

export type ReadPage = { fields: PageFields; lineOf: LineOf } | { faults: Fault[] } | undefined;

/** The frontmatter of a Markdown text; undefined when it has none. Other fields are the site's own, and are not looked at. */
export function readFrontmatter(text: string, file: string): ReadPage {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (!FENCE.test(lines[0] ?? '')) return undefined;
  const end = lines.findIndex((line, i) => i > 0 && FENCE.test(line));
  if (end === -1)
    return {
      faults: [{ file, line: 1, field: '', message: 'its frontmatter does not end: a line --- is missing' }],
    };
  const parsed = parseYaml(lines.slice(1, end).join('\n'), file, 2);
  if ('faults' in parsed) return parsed;
  const read = pageFields.safeParse(parsed.value ?? {});
  return read.success
    ? { fields: read.data, lineOf: parsed.lineOf }
    : { faults: faultsOf(read.error, file, parsed.lineOf) };
}
