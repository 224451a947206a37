import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { $ZodCheck, $ZodType, $ZodTypes } from 'zod/v4/core';
import { createApp } from '../../src/app.ts';
import { routesOf } from '../../src/http/route.ts';
import { line } from '../../src/http/shapes.ts';
import { type Pattern, slowPatterns } from '../gateway/patterns.ts';

/*
 * Trust rule 11: length, then patterns. Zod runs all checks of a schema, also after one has failed, unless that one says
 * `abort`: so each text that a request may carry has a bound that does, before whatever looks at the text.
 */

interface Field {
  name: string;
  checks: readonly $ZodCheck[];
}

/** Every text inside a schema. A kind of schema that nobody has thought of fails. */
function textsOf(name: string, given: $ZodType): Field[] {
  const schema = given as $ZodTypes;
  const { def } = schema._zod;
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- a kind that is not named here throws
  switch (def.type) {
    case 'string': {
      // A format, `z.email()`, is a schema that is its own first check.
      const own = 'check' in def ? [schema as unknown as $ZodCheck] : [];
      return [{ name, checks: [...own, ...(def.checks ?? [])] }];
    }
    case 'object':
      return Object.entries(def.shape).flatMap(([key, inner]) => textsOf(`${name}.${key}`, inner));
    case 'optional':
    case 'nullable':
    case 'default':
      return textsOf(name, def.innerType);
    case 'array':
      return textsOf(`${name}[]`, def.element);
    case 'record':
      return [...textsOf(`${name}.<key>`, def.keyType), ...textsOf(`${name}.<value>`, def.valueType)];
    case 'union':
      return def.options.flatMap((option) => textsOf(name, option));
    case 'pipe':
      return [...textsOf(name, def.in), ...textsOf(name, def.out)];
    case 'enum':
    case 'literal':
    case 'number':
    case 'boolean':
    case 'never':
    case 'transform':
      return [];
    default:
      throw new Error(`${name}: a ${def.type} is new here`);
  }
}

/** What is wrong with a text's checks. */
function faultOf({ name, checks }: Field): string[] {
  let isBounded = false;
  for (const check of checks) {
    const { def } = check._zod;
    if (def.check === 'max_length' && def.abort === true) isBounded = true;
    else if (!isBounded && def.check !== 'overwrite') return [`${name}: ${def.check} before a bound`];
  }
  return isBounded ? [] : [`${name}: no bound`];
}

function patternOf(name: string, check: $ZodCheck): Pattern[] {
  const { def } = check._zod;
  if (!('pattern' in def) || !(def.pattern instanceof RegExp)) return [];
  const { source, flags } = def.pattern;
  return [{ source, flags, where: `${name}: /${source}/${flags}` }];
}

const fields = routesOf(createApp()).flatMap((route) =>
  (['params', 'query', 'body', 'form'] as const).flatMap((part) =>
    route[part] ? textsOf(`${route.method.toUpperCase()} ${route.path} ${part}`, route[part]) : [],
  ),
);

describe('a text in a request', () => {
  it('is bounded before anything looks at it, on every route', () => {
    expect(fields.length).toBeGreaterThan(100);
    expect(fields.flatMap(faultOf)).toEqual([]);
  });

  it('meets patterns that take time in proportion, Zod’s own as well', async () => {
    const patterns = fields.flatMap(({ name, checks }) => checks.flatMap((check) => patternOf(name, check)));
    expect(patterns.some(({ source }) => source.includes('02-29'))).toBe(true);
    expect(await slowPatterns(patterns)).toEqual([]);
  }, 300_000);

  it('that is too long is looked at no further', () => {
    let seen = 0;
    const schema = line(5).check(z.refine(() => ++seen > 0));
    expect(schema.safeParse('x'.repeat(6)).error?.issues.map(({ message }) => message)).toEqual([
      'Must have at most 5 characters.',
    ]);
    expect(seen).toBe(0);
    const faults = (name: string, made: $ZodType) => textsOf(name, made).flatMap(faultOf);
    expect(faults('a', z.object({ b: z.string() }))).toEqual(['a.b: no bound']);
    expect(faults('a', z.string().check(z.maxLength(5), z.regex(/b/)))).toEqual([
      'a: max_length before a bound',
    ]);
    expect(faults('a', z.email())).toEqual(['a: string_format before a bound']);
  });
});
