/** Holds what the simulator says against Polar's own schema, when the file is there (it is data, not part of the repository). */

import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Described> }>>;
  webhooks: Record<string, { post: { requestBody: Described } }>;
}

interface Described {
  content?: Record<string, { schema: object }>;
}

const file = process.env['POLAR_OPENAPI'] ?? '../shared/polar/openapi-2026-10.json';
const isSchemaThere = existsSync(file);

const document = isSchemaThere ? (JSON.parse(readFileSync(file, 'utf8'), overlapping) as Document) : null;
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

const templates = Object.keys(document?.paths ?? {}).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
  // A literal segment is a better match than a parameter.
  parameters: path.split('{').length,
}));

function check(pointer: string, value: unknown, what: string): void {
  const validate = validator(pointer);
  if (validate(value)) return;
  const errors = validate.errors?.slice(0, 8).map((error) => `${error.instancePath} ${error.message}`);
  throw new Error(
    `${what} does not fit Polar's schema:\n${errors?.join('\n')}\n${JSON.stringify(value).slice(0, 1500)}`,
  );
}

export function checkResponse(method: string, path: string, status: number, body: unknown): void {
  const pathname = path.split('?')[0] ?? path;
  const template = templates
    .filter((each) => each.pattern.test(pathname))
    .toSorted((a, b) => a.parameters - b.parameters)[0];
  if (!document || !template || status >= 400) return;
  const verb = method.toLowerCase();
  const operation = document.paths[template.path]?.[verb];
  const response = operation?.responses[String(status)];
  if (!operation || !response) throw new Error(`${method} ${pathname} must not answer ${status}.`);
  if (!response.content?.['application/json']) return;
  check(
    `/paths/${escape(template.path)}/${verb}/responses/${status}/content/application~1json/schema`,
    body,
    `${status} of ${method} ${pathname}`,
  );
}

export function checkEvent(type: string, payload: unknown): void {
  if (!document) return;
  check(
    `/webhooks/${escape(type)}/post/requestBody/content/application~1json/schema`,
    payload,
    `The event ${type}`,
  );
}
