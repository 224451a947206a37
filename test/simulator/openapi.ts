/** Holds what the simulator says against Polar's own schema, when the file is there (it is data, not part of the repository). */

import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface Described {
  content?: Record<string, { schema: object }>;
}

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Described> }>>;
  webhooks: Record<string, { post: { requestBody: Described } }>;
}

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

const file = process.env['POLAR_OPENAPI'] ?? '../shared/polar/openapi-2026-10.json';

const document = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8'), overlapping) as Document) : null;

/** The branches of Polar's `oneOf` overlap, since extra keys are allowed: one that fits is enough. */
function overlapping(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('oneOf' in value)) return value;
  const { oneOf, ...rest } = value;
  return { ...rest, anyOf: oneOf };
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true, discriminator: false });
formats.default(ajv);
ajv.addFormat('uuid4', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
ajv.addFormat('ipvanyaddress', true);
if (document) ajv.addSchema(document, 'polar');

const compiled = new Map<string, ValidateFunction>();

function validator(pointer: string): ValidateFunction {
  let validate = compiled.get(pointer);
  if (!validate) compiled.set(pointer, (validate = ajv.compile({ $ref: `polar#${pointer}` })));
  return validate;
}

const escape = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

export interface Operation {
  method: string;
  template: string;
}

/** Every operation of the schema; none when the file is not there. */
export const operations: Operation[] = Object.entries(document?.paths ?? {}).flatMap(([template, methods]) =>
  Object.keys(methods)
    .filter((method) => METHODS.has(method))
    .map((method) => ({ method: method.toUpperCase(), template })),
);

export const webhookTypes: string[] = Object.keys(document?.webhooks ?? {});

const templates = Object.keys(document?.paths ?? {})
  .map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
    parameters: path.split('{').length,
  }))
  // A literal segment is a better match than a parameter.
  .toSorted((a, b) => a.parameters - b.parameters);

export interface Verdict {
  /** `GET /v1/orders/{id} 200`. */
  what: string;
  operation: string;
  /** Path in the body and what is wrong there; empty when all is well. */
  problems: string[];
}

/** null: no operation of Polar's, or an answer that the schema does not describe (most errors). */
export function judgeResponse(method: string, path: string, status: number, body: unknown): Verdict | null {
  const pathname = (path.split('?')[0] ?? path).replace(/^\/api\//, '/');
  const verb = method.toLowerCase();
  const template = templates.find(
    (each) => each.pattern.test(pathname) && document?.paths[each.path]?.[verb],
  );
  const response = template && document?.paths[template.path]?.[verb]?.responses[String(status)];
  if (!template || (!response && (status >= 400 || status === 307))) return null;
  const operation = `${method} ${template.path}`;
  const what = `${operation} ${status}`;
  if (!response) return { what, operation, problems: [' this status is not one of the operation’s'] };
  if (!response.content?.['application/json']) return { what, operation, problems: [] };
  // The schema names one class of error per status where Polar has several, all of one shape (facts §10).
  if (status >= 400 && isStandardError(body)) return { what, operation, problems: [] };
  const pointer = `/paths/${escape(template.path)}/${verb}/responses/${status}/content/application~1json/schema`;
  return { what, operation, problems: problemsOf(pointer, body) };
}

const isStandardError = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  'error' in body &&
  'detail' in body &&
  typeof body.error === 'string' &&
  typeof body.detail === 'string';

export function judgeEvent(type: string, payload: unknown): string[] {
  if (!document) return [];
  return problemsOf(`/webhooks/${escape(type)}/post/requestBody/content/application~1json/schema`, payload);
}

function problemsOf(pointer: string, value: unknown): string[] {
  const validate = validator(pointer);
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, 8).map((error) => `${error.instancePath} ${error.message}`);
}

export function checkResponse(method: string, path: string, status: number, body: unknown): void {
  const verdict = judgeResponse(method, path, status, body);
  if (verdict) complain(verdict.what, verdict.problems, body);
}

export function checkEvent(type: string, payload: unknown): void {
  complain(`The event ${type}`, judgeEvent(type, payload), payload);
}

function complain(what: string, problems: string[], value: unknown): void {
  if (problems.length === 0) return;
  throw new Error(
    `${what} does not fit Polar's schema:\n${problems.join('\n')}\n${JSON.stringify(value).slice(0, 1500)}`,
  );
}
