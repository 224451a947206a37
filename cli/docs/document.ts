/* The OpenAPI document, as far as pages are made of it. */

export type Json = Record<string, unknown>;

export interface Document {
  paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  webhooks: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  tags: readonly { name: string; description: string }[];
  /** Who calls, and the tags of what they call. */
  'x-tagGroups': readonly { name: string; tags: readonly string[] }[];
  components: Json;
}

export interface OperationObject {
  operationId?: string;
  tags?: readonly string[];
  summary?: string;
  description?: string;
  security?: readonly Json[];
  /** What a secret key that is limited needs. */
  'x-required-scope'?: string;
  parameters?: readonly Json[];
  requestBody?: Json;
  responses?: Readonly<Record<string, Json>>;
}

/** Asserts that a value of the document is an object. */
export function record(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`not an object: ${JSON.stringify(value)}`);
  return value as Json;
}

/** What a value of the document is, or what it refers to. `name`: of a shared schema. */
export function resolve(document: Document, value: unknown): { value: Json; name?: string } {
  const given = record(value);
  const reference = given['$ref'];
  if (typeof reference !== 'string') return { value: given };
  const parts = reference.replace(/^#\//, '').split('/');
  let found: unknown = document;
  for (const part of parts) found = record(found)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  const { $ref: _, ...beside } = given;
  return { value: { ...resolve(document, found).value, ...beside }, name: parts.at(-1) ?? '' };
}

/** The JSON that a request or an answer has: its schema, and an example. */
export function jsonOf(document: Document, holder: unknown): { schema?: Json; example?: unknown } {
  const { content } = resolve(document, holder).value;
  if (content === undefined) return {};
  const json = record(content)['application/json'] ?? record(content)['application/problem+json'];
  if (json === undefined) return {};
  const { schema, example, examples } = record(json);
  const [first] = examples === undefined ? [] : Object.values(record(examples));
  const shown = example ?? (first === undefined ? undefined : resolve(document, first).value['value']);
  return {
    ...(schema === undefined ? {} : { schema: record(schema) }),
    ...(shown === undefined ? {} : { example: shown }),
  };
}

/** The media types of a request or an answer. */
export function mediaTypesOf(document: Document, holder: unknown): string[] {
  const { content } = resolve(document, holder).value;
  return content === undefined ? [] : Object.keys(record(content));
}

/** A description, or nothing. */
export function textOf(holder: Json, name: string): string {
  const text = holder[name];
  return typeof text === 'string' ? text : '';
}
