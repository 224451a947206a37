import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createApp } from '../src/app.ts';
import { routesOf } from '../src/http/route.ts';
import { buildOpenApi } from './openapi.ts';

/*
 * The types of the kit's client and of the command line's, from the OpenAPI document. Committed, so that a change of the contract is
 * seen in review; a test fails when they are not what this would write. Run it with `npm run build:kit-api`.
 */
const PACKAGES = path.join(import.meta.dirname, '..', 'packages');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

type Json = Record<string, unknown>;

interface Document {
  paths: Record<string, Json>;
  components: { schemas: Record<string, Json>; parameters: Record<string, Json> };
}

interface ApiFile {
  file: string;
  /** Of the two names that it exports: `Api`, `IDEMPOTENT`. */
  prefix: string;
  /** What its routes are for, in words. */
  who: string;
  has: (route: string) => boolean;
}

/** The operator's routes are the command line's. Webhooks from Polar and pages for people are nobody's. */
export const API_FILES: readonly ApiFile[] = [
  { file: 'kit/api.ts', prefix: '', who: 'for apps', has: (route) => route.startsWith('/v1/') },
  {
    file: 'floe/gateway/operator-api.ts',
    prefix: 'Operator',
    who: 'for its operator',
    has: (route) => route.startsWith('/admin/') || route === '/health',
  },
];

/** What a file must say. @throws when the document says something that has no translation yet. */
export function generateApi({ prefix, who, has }: ApiFile): string {
  const { paths, components } = buildOpenApi(routesOf(createApp()), '0') as Document;
  const operations = Object.entries(paths)
    .filter(([route]) => has(route))
    .flatMap(([route, item]) =>
      METHODS.filter((method) => item[method] !== undefined).map((method) => ({
        name: `${method.toUpperCase()} ${route}`,
        operation: resolveParameters(record(item[method]), components.parameters),
      })),
    );
  const idempotent = operations.filter(({ operation }) =>
    parametersOf(operation, 'header').some((each) => each['name'] === 'Idempotency-Key'),
  );
  const api = operations.map(
    ({ name, operation }) => `  ${comment(operation['summary'])}\n  '${name}': ${operationType(operation)};`,
  );
  return `// Made by cli/kit-api.ts from the OpenAPI document. Do not edit: \`npm run build:kit-api\`.

${writeComponents(operations, components.schemas)}

/** The gateway's routes ${who}: what each takes and answers. */
export interface ${prefix}Api {
${api.join('\n')}
}

/** The routes that take an \`Idempotency-Key\`. */
export const ${prefix === '' ? '' : `${prefix.toUpperCase()}_`}IDEMPOTENT: ReadonlySet<string> = /* @__PURE__ */ new Set([
${idempotent.map(({ name }) => `  '${name}',`).join('\n')}
]);
`;
}

/** The named schemas that these operations take and answer, each as a type, by name. */
function writeComponents(operations: readonly { operation: Json }[], schemas: Record<string, Json>): string {
  const found = new Set<string>();
  const look = (value: unknown) => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      look(schemas[name]);
    }
  };
  // Errors have a type of their own.
  for (const { operation } of operations) look([operation['requestBody'], ...answersOf(operation)]);
  return [...found]
    .toSorted()
    .map((name) => {
      const schema = record(schemas[name]);
      const type = typeOf(schema, 0);
      return type.startsWith('{') ? `export interface ${name} ${type}` : `export type ${name} = ${type};`;
    })
    .join('\n\n');
}

function resolveParameters(operation: Json, parameters: Record<string, Json>): Json {
  const given = operation['parameters'];
  if (!Array.isArray(given)) return operation;
  const resolved = given.map(record).map((each) => {
    const { $ref } = each;
    return typeof $ref === 'string' ? record(parameters[$ref.split('/').at(-1) ?? '']) : each;
  });
  return { ...operation, parameters: resolved };
}

function comment(text: unknown): string {
  return `/** ${String(text).replaceAll('*/', '')} */`;
}

/** The answers that are no refusals. */
function answersOf(operation: Json): Json[] {
  return Object.entries(record(operation['responses']))
    .filter(([status]) => status.startsWith('2'))
    .map(([, response]) => record(response));
}

function operationType(operation: Json): string {
  const parts: string[] = [];
  for (const [where, name] of [
    ['path', 'params'],
    ['query', 'query'],
  ] as const) {
    const parameters = parametersOf(operation, where);
    if (parameters.length === 0) continue;
    const needed = parameters.some((each) => each['required'] === true);
    const fields = parameters.map((each) => {
      const type = typeOf(record(each['schema']), 3);
      // Both are sent as text.
      const written = type === 'number' ? 'string | number' : type;
      return `${key(String(each['name']))}${each['required'] === true ? '' : '?'}: ${written};`;
    });
    parts.push(`${name}${needed ? '' : '?'}: ${block(fields, 2)};`);
  }
  const body = operation['requestBody'] === undefined ? undefined : record(operation['requestBody']);
  if (body) {
    const schema = schemaOf(body);
    parts.push(`body${body['required'] === true ? '' : '?'}: ${schema ? typeOf(schema, 2) : 'unknown'};`);
  }
  const answers = answersOf(operation).map((response) => {
    const schema = schemaOf(response);
    return schema ? typeOf(schema, 2) : 'undefined';
  });
  parts.push(`response: ${union(answers)};`);
  return block(parts, 1);
}

function parametersOf(operation: Json, where: string): Json[] {
  const list = operation['parameters'];
  return Array.isArray(list) ? list.map(record).filter((each) => each['in'] === where) : [];
}

function schemaOf(holder: Json): Json | undefined {
  const content = holder['content'] === undefined ? {} : record(holder['content']);
  const json = content['application/json'];
  const schema = json === undefined ? undefined : record(json)['schema'];
  return schema === undefined ? undefined : record(schema);
}

/** A JSON Schema as a TypeScript type: as much of it as the document uses. `depth`: for the indentation. */
function typeOf(schema: Json, depth: number): string {
  if (typeof schema['$ref'] === 'string') return schema['$ref'].split('/').at(-1) ?? '';
  if (schema['const'] !== undefined) return literal(schema['const']);
  if (Array.isArray(schema['enum'])) return union(schema['enum'].map(literal));
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return union(choices.map((each) => typeOf(record(each), depth)));
  const { type } = schema;
  if (Array.isArray(type)) return union(type.map((each) => typeOf({ ...schema, type: each }, depth)));
  switch (type) {
    case undefined:
      if (Object.keys(schema).every((name) => name === 'description' || name === 'default')) return 'unknown';
      throw new Error(`no type for ${JSON.stringify(schema)}`);
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array': {
      const item = typeOf(record(schema['items'] ?? {}), depth);
      return `Array<${item}>`;
    }
    case 'object':
      return objectType(schema, depth);
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
}

function objectType(schema: Json, depth: number): string {
  const properties = Object.entries(record(schema['properties'] ?? {}));
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const more = schema['additionalProperties'];
  if (properties.length === 0) {
    const value = more === undefined || typeof more === 'boolean' ? 'unknown' : typeOf(record(more), depth);
    return `Record<string, ${value}>`;
  }
  const fields = properties.map(
    ([name, value]) =>
      `${words(record(value), depth)}${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(record(value), depth + 1)};`,
  );
  return block(fields, depth);
}

/** What a field is, on a line of its own above it. */
function words({ description }: Json, depth: number): string {
  return description === undefined ? '' : `${comment(description)}\n${'  '.repeat(depth + 1)}`;
}

function block(lines: readonly string[], depth: number): string {
  const indent = '  '.repeat(depth);
  return `{\n${lines.map((line) => `${indent}  ${line}\n`).join('')}${indent}}`;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function literal(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : String(value);
}

function key(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : literal(name);
}

function record(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`not an object: ${JSON.stringify(value)}`);
  return value as Json;
}

if (import.meta.main) {
  for (const each of API_FILES) {
    const file = path.join(PACKAGES, each.file);
    const before = await readFile(file, 'utf8').catch(() => '');
    const made = generateApi(each);
    if (made !== before) await writeFile(file, made);
  }
}
