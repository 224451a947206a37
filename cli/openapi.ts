import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { COMPONENTS } from '../src/components.docs.ts';
import { type Example, EXAMPLES } from '../src/examples.docs.ts';
import type { AnyRouteSpec } from '../src/http/route.ts';
import type { RouteDocs } from '../src/http/route-docs.ts';
import { TAG_GROUPS } from '../src/http/tags.docs.ts';
import { routeDocs } from '../src/index.docs.ts';
import { WEBHOOKS } from '../src/tell/events/webhooks.docs.ts';
import { describeOperation } from './openapi/describe-operation.ts';
import { describeWebhook } from './openapi/describe-webhook.ts';
import { refineDocument } from './openapi/refine-document.ts';
import { refineZod } from './openapi/refine-schema.ts';
import { ANSWERS, HEADERS, PARAMETERS, PROBLEM_EXAMPLES, SECURITY_SCHEMES } from './openapi/shared-parts.ts';

const INTRODUCTION = `Floe sells your products with [Polar](https://polar.sh), remembers what was paid, says who may use what, and tells your backend.

- Every request of an app has a key: \`Authorization: Bearer floe_sk_…\`.
- Errors are problems as RFC 9457 describes them, with a \`code\` that does not change.
- Lists are \`{data, next_cursor}\`. Send \`next_cursor\` as \`cursor\` for the next page, until it is null.
- Amounts are integers in minor units beside an ISO 4217 currency. Times are ISO 8601 in UTC.
- Answers and events get new fields, codes and types over time. Ignore what you do not know.
- What may be sent twice takes an \`Idempotency-Key\`.`;

/**
 * The OpenAPI 3.1 document of these routes, from the very schemas that validate their requests.
 * @throws when a mounted route is not documented or has no example, or a documented one is not mounted.
 */
export function buildOpenApi(routes: readonly AnyRouteSpec[], version: string): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  const documented = readDocumented(routes);
  for (const { route, docs, example } of documented) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = describeOperation(route, docs, example);
  }
  const tags = TAG_GROUPS.flatMap((group): { name: string; description: string }[] => [...group.tags]);
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Floe',
        version,
        summary: 'An edge gateway for selling with Polar.',
        description: INTRODUCTION,
        contact: { name: 'The operator of the gateway' },
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [
        {
          url: 'https://{host}',
          description: 'A gateway that is deployed.',
          variables: { host: { default: 'pay.example.com', description: 'The host of the gateway.' } },
        },
        { url: 'http://127.0.0.1:8787', description: 'What `npm start` runs on this machine.' },
      ],
      tags,
      'x-tagGroups': TAG_GROUPS.map((group) => ({
        name: group.name,
        tags: group.tags.map(({ name }) => name),
      })),
      paths,
      webhooks: Object.fromEntries(WEBHOOKS.map((webhook) => [webhook.type, describeWebhook(webhook)])),
      components: {
        schemas: { ...COMPONENTS, ...namesOfRequests(documented) },
        headers: HEADERS,
        parameters: PARAMETERS,
        examples: PROBLEM_EXAMPLES,
        responses: ANSWERS,
        securitySchemes: SECURITY_SCHEMES,
      },
    },
    { override: refineZod },
  );
  return refineDocument(document, EXAMPLES);
}

type Schema = (typeof COMPONENTS)[string];

interface Documented {
  route: AnyRouteSpec;
  docs: RouteDocs;
  example: Example;
}

/** The routes with their descriptions and examples, those of apps first. @throws as `buildOpenApi` does */
function readDocumented(routes: readonly AnyRouteSpec[]): Documented[] {
  for (const [route] of routeDocs) {
    if (!routes.includes(route))
      throw new Error(`${route.method} ${route.path} is documented and not mounted`);
  }
  const known = new Map(routeDocs);
  const order = TAG_GROUPS.flatMap((group) => group.tags.map(({ name }): string => name));
  return routes
    .map((route) => {
      const docs = known.get(route);
      if (!docs)
        throw new Error(
          `${route.method} ${route.path} is mounted and not documented: add it to its *.docs.ts`,
        );
      const example = EXAMPLES[`${route.method.toUpperCase()} ${route.path}`];
      if (!example)
        throw new Error(`${route.method} ${route.path} has no example: add it to src/examples.docs.ts`);
      return { route, docs, example };
    })
    .toSorted((a, b) => order.indexOf(a.docs.tag) - order.indexOf(b.docs.tag));
}

/** What a request has as its body: `CreatePaymentRequest`. */
function namesOfRequests(documented: readonly Documented[]): Record<string, Schema> {
  return Object.fromEntries(
    documented.flatMap(({ route, docs: { id } }): [string, Schema][] => {
      const name = `${id.slice(0, 1).toUpperCase()}${id.slice(1)}`;
      if (route.body) return [[`${name}Request`, route.body as Schema]];
      return route.form ? [[`${name}Form`, route.form as Schema]] : [];
    }),
  );
}
