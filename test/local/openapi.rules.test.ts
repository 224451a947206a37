import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { buildOpenApi } from '../../cli/openapi.ts';
import { createApp } from '../../src/app.ts';
import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';
import { Problem, type ProblemCode, problemResponse } from '../../src/base/problem.ts';
import { EXAMPLE_IDS, EXAMPLE_TIME } from '../../src/examples.docs.ts';
import { routesOf } from '../../src/http/route.ts';
import { sampleBody } from '../../src/tell/events/sample-events.rules.ts';
import { WEBHOOKS } from '../../src/tell/events/webhooks.docs.ts';

/* `/openapi.json` as whoever makes a client or a page of it needs it. CI also gives it to linters and generators (cli/check-openapi.ts). */

type Json = Record<string, unknown>;

interface Media {
  schema?: Json;
  example?: unknown;
  examples?: Record<string, Json>;
}
interface Answer {
  $ref?: string;
  description?: string;
  headers?: Record<string, Json>;
  content?: Record<string, Media>;
}
interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  schema: Json;
  description?: string;
  example?: unknown;
}
interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security: Json[];
  'x-required-scope'?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Answer>;
  'x-codeSamples'?: { source: string }[];
}
interface Document {
  servers: Json[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation }>;
  components: {
    schemas: Record<string, Json>;
    responses: Record<string, Answer>;
    examples: Record<string, { value: unknown }>;
    securitySchemes: Record<string, Json>;
  };
}

const document = buildOpenApi(routesOf(createApp()), '0.1.0') as Document;
const { paths, webhooks, components } = document;

const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);
const told = Object.entries(webhooks).map(([type, { post }]) => ({ name: type, operation: post }));

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(document, 'document');
const compiled = new Map<Json, ValidateFunction>();

/** What is wrong with a value, by a schema of the document. */
function errorsOf(schema: Json, value: unknown): string {
  let validate = compiled.get(schema);
  if (!validate) {
    const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as Json;
    compiled.set(schema, (validate = ajv.compile(whole)));
  }
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

/** Every schema that stands in `node`, with where it stands. */
function schemasIn(node: unknown, path: string): { path: string; schema: Json }[] {
  if (Array.isArray(node)) return node.flatMap((each) => schemasIn(each, path));
  if (typeof node !== 'object' || node === null) return [];
  const found = Object.entries(node).flatMap(([name, part]) =>
    name === 'properties'
      ? Object.entries(part as Json).flatMap(([field, schema]) => schemasIn(schema, `${path}.${field}`))
      : name === 'example' || name === 'examples' || name === 'default' || name === 'enum'
        ? []
        : schemasIn(part, path),
  );
  return [{ path, schema: node as Json }, ...found];
}

const isRequest = (name: string) => /(Request|Form)$/.test(name);
const fields = Object.entries(components.schemas).flatMap(([name, schema]) => schemasIn(schema, name));
const answersOf = ({ responses }: Operation) =>
  Object.entries(responses).map(([status, { $ref = '', ...answer }]) => ({
    status,
    answer: $ref === '' ? answer : (components.responses[$ref.split('/').at(-1) ?? ''] ?? {}),
  }));

describe('the OpenAPI document', () => {
  it('is valid', async () => {
    const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
    expect([valid, JSON.stringify(errors ?? []).slice(0, 2_000)]).toEqual([true, '[]']);
  });

  it('says of every operation what it is, under a name of its own', () => {
    const tags = new Map(document.tags.map(({ name, description }) => [name, description]));
    for (const { name, operation } of [...operations, ...told]) {
      expect(operation.operationId, name).toMatch(/^[a-z]+([A-Z][a-z]*)*$/);
      expect(operation.summary, name).toBeTruthy();
      expect(
        operation.tags.map((tag) => tags.get(tag) ?? ''),
        name,
      ).toEqual([expect.stringMatching(/\.$/)]);
    }
    const ids = [...operations, ...told].map(({ operation }) => operation.operationId);
    expect(ids).toEqual([...new Set(ids)]);
    expect(new Set([...operations, ...told].flatMap(({ operation }) => operation.tags))).toEqual(
      new Set(tags.keys()),
    );
  });

  it('shows what apps call first, and what operators call last', () => {
    const seen = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
    const order = document.tags.map(({ name }) => name).filter((name) => seen.includes(name));
    expect(seen).toEqual(order);
  });

  it('has an example of every call and of every answer of JSON', () => {
    // The simulated Polar sells nothing by units.
    const without = new Set(['POST /v1/subscriptions/{id}/units']);
    for (const { name, operation } of operations) {
      expect(operation['x-codeSamples']?.[0]?.source, name).toMatch(/^curl/);
      const body = operation.requestBody?.content['application/json'];
      if (body) expect(body.example, name).toBeDefined();
      const shown = answersOf(operation).filter(({ status, answer }) => {
        const media = answer.content?.['application/json'];
        return status.startsWith('2') && media?.example !== undefined;
      });
      const isJson = answersOf(operation).some(
        ({ status, answer }) => status.startsWith('2') && answer.content?.['application/json'],
      );
      expect(shown.length > 0, name).toBe(isJson && !without.has(name));
    }
  });

  it('has examples that are as their schemas say', () => {
    for (const { name, operation } of [...operations, ...told]) {
      for (const { in: place, name: parameter, schema, example } of operation.parameters ?? [])
        if (example !== undefined)
          expect(errorsOf(schema, example), `${name} ${place} ${parameter}`).toBe('');
      for (const { schema, example } of Object.values(operation.requestBody?.content ?? {}))
        if (schema && example !== undefined) expect(errorsOf(schema, example), name).toBe('');
      for (const { status, answer } of answersOf(operation))
        for (const { schema, example } of Object.values(answer.content ?? {}))
          if (schema && example !== undefined)
            expect(errorsOf(schema, example), `${name} ${status}`).toBe('');
    }
  });

  it('says defaults in words, for generators would send them', () => {
    for (const { path, schema } of fields) expect(Object.keys(schema), path).not.toContain('default');
    for (const { name, operation } of operations)
      for (const { schema = {}, name: parameter } of operation.parameters ?? [])
        expect(Object.keys(schema), `${name} ${parameter}`).not.toContain('default');
    const { properties } = components.schemas['CreateRefundRequest'] as { properties: Record<string, Json> };
    expect(properties['reason']?.['description']).toMatch(/`customer_request` unless given\.$/);
  });

  it('shows each problem as the gateway answers it', async () => {
    for (const [code, { value }] of Object.entries(components.examples)) {
      const answer = problemResponse(new Problem(code as ProblemCode), EXAMPLE_IDS.request);
      expect(value).toEqual(await answer.json());
      expect(errorsOf({ $ref: '#/components/schemas/Problem' }, value), code).toBe('');
    }
  });

  it('names the schema of everything that is answered', () => {
    for (const { name, operation } of operations)
      for (const { status, answer } of answersOf(operation))
        for (const [type, { schema }] of Object.entries(answer.content ?? {}))
          // Lines of JSON have a schema each.
          if (type.endsWith('json') && type !== 'application/x-ndjson')
            expect(schema, `${name} ${status}`).toEqual({ $ref: expect.any(String) });
    for (const { name, operation } of operations)
      for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
        expect(schema, name).toEqual({ $ref: expect.any(String) });
  });

  it('leaves answers open to fields that come later, and requests closed', () => {
    for (const [name, schema] of Object.entries(components.schemas))
      if (isRequest(name)) {
        if (name.endsWith('Request')) expect(schema['additionalProperties'], name).toBe(false);
      } else expect(JSON.stringify(schema), name).not.toContain('"additionalProperties":false');
  });

  it('has no schema that common generators cannot read', () => {
    for (const { path, schema } of [...fields, ...schemasIn(paths, 'paths')]) {
      const { type } = schema;
      if (Array.isArray(type)) expect([type.length, type[1]], path).toEqual([2, 'null']);
      expect(Object.keys(schema), path).not.toContain('not');
    }
  });

  it('says the format of every id, address and time', () => {
    const texts = fields.filter(
      ({ schema: { type, enum: values } }) => [type].flat().includes('string') && !values,
    );
    const bare = texts
      .filter(({ schema }) => schema['format'] === undefined && schema['pattern'] === undefined)
      .map(({ path }) => path);
    const isOneOf = (path: string) => /\.(id|\w+_id|url|\w+_url|email|\w+_at|currency)$/.test(path);
    const free = new Set([
      // The app's own, or of whoever sent it.
      ...bare.filter((path) => path.endsWith('.external_id')),
      'PolarEvent.webhook_id',
      'PolarEventWithBody.webhook_id',
      // Of whatever country.
      'BuyerRequest.tax_id',
      // Of whatever kind an object is.
      'ReconcileRun.report.not_understood.id',
      'ReconcileRunList.data.report.not_understood.id',
      'ReconcileRunWithObjects.report.not_understood.id',
      'ReconciledObject.id',
      'AccessCause.object.id',
      'AccessMissing.of.id',
      'AccessSupport.id',
      'TimelineEntry.id',
      'TimelineRef.id',
      // A time or a day.
      ...bare.filter((path) => /Request\.\w+_at$/.test(path)),
    ]);
    expect(bare.filter((path) => isOneOf(path) && !free.has(path))).toEqual([]);
    expect(texts.filter(({ schema }) => schema['format'] === 'uri').length).toBeGreaterThan(10);
    expect(texts.filter(({ schema }) => schema['format'] === 'uuid').length).toBeGreaterThan(20);
  });

  it('says of every field and parameter what it is', () => {
    for (const { path, schema } of fields)
      for (const [field, { $ref, description }] of Object.entries(
        (schema['properties'] ?? {}) as Record<string, Json>,
      ))
        if ($ref === undefined) expect(description, `${path}.${field}`).toBeTruthy();
    const silent = [...operations, ...told].flatMap(({ name, operation }) =>
      (operation.parameters ?? [])
        .filter(({ $ref, description }) => $ref === undefined && !description)
        .map(({ name: parameter }) => `${name} ${parameter}`),
    );
    expect(silent).toEqual([]);
  });

  it('says which headers an answer has, and which pages', () => {
    for (const { name, operation } of operations)
      for (const { status, answer } of answersOf(operation)) {
        const where = `${name} ${status}`;
        expect(Object.keys(answer.headers ?? {}), where).toContain('X-Request-Id');
        if (status === '303') expect(Object.keys(answer.headers ?? {}), where).toContain('Location');
        if (status === '429') expect(Object.keys(answer.headers ?? {}), where).toContain('Retry-After');
        if (status === '401' && answer.content?.['application/problem+json'])
          expect(Object.keys(answer.headers ?? {}), where).toContain('WWW-Authenticate');
      }
    const portal = paths['/portal']?.['get']?.responses;
    expect(Object.keys(portal?.['404']?.content ?? {})).toEqual(['application/problem+json', 'text/html']);
    expect(portal?.['303']?.headers?.['Location']).toBeDefined();
  });

  it('says where gateways are', () => {
    expect(document.servers).toMatchObject([{ variables: { host: {} } }, { url: 'http://127.0.0.1:8787' }]);
  });
});

describe('its webhooks', () => {
  it('are the types of events, each with its sample', () => {
    expect(Object.keys(webhooks)).toEqual([...Object.keys(EVENT_TYPES), 'polar.*']);
    for (const { name, operation } of told)
      expect(operation.requestBody?.content['application/json']?.example, name).toMatchObject({
        type: name.endsWith('*') ? expect.stringMatching(/^polar\./) : name,
        data: { test: true },
      });
  });

  it.each(WEBHOOKS)('describe every field of a sample of $type', ({ type, schema }) => {
    const now = Date.parse(EXAMPLE_TIME);
    const text = sampleBody(type.replace('*', 'product.updated'), { id: EXAMPLE_IDS.event, app: 'quay-sandbox', mode: 'sandbox', now }); // prettier-ignore
    const event: unknown = JSON.parse(text);
    expect(schema.parse(event)).toEqual(event);
  });
});

it('says of each operation for secret keys which scope it needs, and of each scope what it is for', () => {
  const described = Object.keys(components.securitySchemes['secret']?.['x-scopes'] ?? {});
  for (const { name, operation } of operations) {
    const takesSecretKeys = operation.security.some((each) => Object.hasOwn(each, 'secret'));
    expect([name, described.includes(operation['x-required-scope'] ?? '')]).toEqual([name, takesSecretKeys]);
  }
  const needed = new Set(operations.map(({ operation }) => operation['x-required-scope'] ?? ''));
  expect(described.filter((scope) => !needed.has(scope))).toEqual([]);
});
