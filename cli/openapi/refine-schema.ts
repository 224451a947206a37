import type { CreateDocumentOptions } from 'zod-openapi';
import { readField } from '../../src/fields.docs.ts';
import { TIME_OR_DAY, UUID } from '../../src/http/shapes.ts';

/* From what zod writes to what people and generators of clients read best (ADR 84). */

export type Json = Record<string, unknown>;

const A_TIME = 'ISO 8601: a time such as `2026-11-01T10:00:00Z`, or a day such as `2026-11-01`.';

/**
 * While zod’s schemas become JSON Schema. Answers are open to fields that are added later; requests stay closed, since the
 * gateway refuses what it does not know.
 */
export const refineZod: NonNullable<CreateDocumentOptions['override']> = ({ jsonSchema, io }) => {
  const schema = jsonSchema as Json;
  if (io === 'output' && schema['additionalProperties'] === false) delete schema['additionalProperties'];
  if (schema['type'] === 'integer') {
    if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
    if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
    schema['format'] = 'int64';
  }
  if (schema['type'] === 'number') schema['format'] = 'double';
  // The format says it.
  if (schema['format'] === 'date-time') delete schema['pattern'];
  if (schema['pattern'] === UUID.source) {
    replace(schema, { type: 'string', format: 'uuid' });
  } else if (schema['pattern'] === TIME_OR_DAY.source) {
    replace(schema, { type: 'string', description: A_TIME });
  }
};

function replace(schema: Json, by: Json): void {
  for (const name of Object.keys(schema)) delete schema[name];
  Object.assign(schema, by);
}

/**
 * A finished schema, with what the names of its fields say. `path`: where it stands, `Payment.customer.email` or
 * `/v1/payments?limit`. `isPart`: one of several that a field may be, or of the list that it is.
 */
export function refineSchema(given: Json, path: string, isPart = false): Json {
  const schema = foldNull(splitTypes(given));
  const { description, component, ...says } = readField(path);
  if (component !== undefined) return { $ref: `#/components/schemas/${component}` };
  const refined: Json = { ...schema };
  for (const [name, part] of Object.entries(schema)) {
    if (name === 'properties') refined[name] = refineFields(part as Json, path);
    else if (name === 'anyOf' || name === 'oneOf')
      refined[name] = withoutIntegers(part as Json[]).map((each) => refineSchema(each, path, true));
    else if (name === 'items') refined[name] = refineSchema(part as Json, path, true);
    else if (name === 'additionalProperties' && typeof part === 'object')
      refined[name] = refineSchema(part as Json, `${path}.*`);
  }
  if (isText(schema) && schema['const'] === undefined && schema['enum'] === undefined) {
    if (says.type === 'integer') {
      delete refined['pattern'];
      delete refined['maxLength'];
      refined['type'] = says.type;
    }
    for (const [name, value] of Object.entries(says)) refined[name] ??= value;
  }
  if (description !== undefined && !isPart && schema['$ref'] === undefined)
    refined['description'] ??= description;
  return inWords(refined);
}

/**
 * A default in words. As a keyword, generators would ask for the field or send it, so that a client would keep today's default.
 * Left out is what says nothing: an empty default, and that names are text.
 */
function inWords(schema: Json): Json {
  const { default: preset, propertyNames, ...rest } = schema;
  const saysNames = Object.keys((propertyNames as Json | undefined) ?? {}).some((name) => name !== 'type');
  const { description = '' } = rest;
  const isEmpty = preset === undefined || preset === null || ['""', '{}'].includes(JSON.stringify(preset));
  const text = typeof preset === 'string' ? preset : JSON.stringify(preset);
  return {
    ...rest,
    ...(saysNames ? { propertyNames } : {}),
    ...(isEmpty ? {} : { description: `${description as string} \`${text}\` unless given.`.trim() }),
  };
}

function refineFields(fields: Json, path: string): Json {
  return Object.fromEntries(
    Object.entries(fields)
      // Refused with an explanation; the document names what is taken.
      .filter(([, schema]) => !isNever(schema as Json))
      .map(([name, schema]) => [name, refineSchema(schema as Json, `${path}.${name}`)]),
  );
}

/** A field that no value is right for. */
export function isNever(schema: Json): boolean {
  return schema['not'] !== undefined;
}

/** Where any number may be, whole ones may. */
function withoutIntegers(schemas: readonly Json[]): readonly Json[] {
  const isAny = schemas.some(({ type }) => type === 'number');
  return isAny ? schemas.filter(({ type }) => type !== 'integer') : schemas;
}

function isText({ type }: Json): boolean {
  return type === 'string' || (Array.isArray(type) && type.includes('string') && type.length === 2);
}

/** Several types are written as several schemas: few generators read `type: [string, number]`. */
function splitTypes(schema: Json): Json {
  const { type, ...rest } = schema;
  if (!Array.isArray(type) || type.filter((each) => each !== 'null').length < 2) return schema;
  return { anyOf: type.map((each: unknown) => ({ ...rest, type: each })) };
}

/** `null` beside one plain type is written as a second type, which all of them read. */
function foldNull(schema: Json): Json {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema;
  const [first, second] = anyOf as [Json, Json];
  const isPlain = ['string', 'integer', 'number', 'boolean'].includes(String(first['type']));
  if (second['type'] !== 'null' || !isPlain || first['enum'] !== undefined || first['const'] !== undefined)
    return schema;
  return { ...rest, ...first, type: [first['type'], 'null'] };
}
