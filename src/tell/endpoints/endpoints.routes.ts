import * as z from 'zod/mini';
import { MAX_EVENT_FILTERS } from '../../base/event-filter.rules.ts';
import {
  ENDPOINT_FORMATS,
  MATCH_OPERATORS,
  MAX_MATCH_VALUES,
  MAX_MATCHED_FIELDS,
  MAX_PATH,
} from '../../base/event-matches.rules.ts';
import { readBoundPlace } from './bound-places.rules.ts';
import { updateEndpoint } from './change-endpoint.ts';
import { deleteEndpoint } from './delete-endpoint.ts';
import { getEndpoint, listEndpoints } from './list-endpoints.ts';
import { refusePath } from './match-paths.rules.ts';
import { registerEndpoint } from './register-endpoint.ts';
import { getEndpointMetrics, listUnhealthyEndpoints } from './measure-endpoint.ts';
import { rotateEndpointSecret } from './rotate-endpoint-secret.ts';
import { sendNow } from '../deliveries/send-now.ts';
import { testEndpoint } from './test-endpoint.ts';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import {
  wholeNumber,
  eventFilter,
  eventType,
  instant,
  line,
  page,
  readInstant,
  text,
} from '../../http/shapes.ts';

const MAX_SENDS_PER_MINUTE = 6_000;
const MAX_OVERLAP_SECONDS = 7 * 86_400;
const DEFAULT_OVERLAP_SECONDS = 86_400;

const scalar = z.union([text(500), z.number(), z.boolean()], 'Must be text, a number, true or false.');
const bound = z.optional(z.union([text(500), z.number()], 'Must be a number or text.'));
const fieldMatch = z
  .strictObject({
    eq: z.optional(scalar),
    not: z.optional(scalar),
    in: z.optional(
      z
        .array(scalar)
        .check(
          z.minLength(1, 'Needs at least one value.'),
          z.maxLength(MAX_MATCH_VALUES, `Must have at most ${MAX_MATCH_VALUES} values.`),
        ),
    ),
    gt: bound,
    gte: bound,
    lt: bound,
    lte: bound,
    exists: z.optional(z.boolean()),
  })
  .check(
    z.refine(
      (match) => Object.keys(match).length > 0,
      `Needs at least one of ${MATCH_OPERATORS.join(', ')}.`,
    ),
  );
const match = z.nullable(
  z
    .record(
      text(MAX_PATH).check(
        z.refine((path) => refusePath(path) === undefined, {
          error: ({ input }) => refusePath(String(input)),
        }),
      ),
      z.union([scalar, fieldMatch], 'Must be a value, or conditions such as {"gte": 10000}.'),
    )
    .check(
      z.refine(
        (fields) => Object.keys(fields).length <= MAX_MATCHED_FIELDS,
        `Must have at most ${MAX_MATCHED_FIELDS} fields.`,
      ),
    ),
);

const settings = {
  url: endpointAddress(),
  match,
  events: z
    .array(eventFilter())
    .check(
      z.minLength(1, 'Needs at least one event type. Use * for all.'),
      z.maxLength(MAX_EVENT_FILTERS, `Must have at most ${MAX_EVENT_FILTERS} entries.`),
    ),
  description: line(200, 0),
  enabled: z.boolean(),
  rate_limit: z.nullable(wholeNumber(1, MAX_SENDS_PER_MINUTE)),
  ordering: z.enum(['none', 'payment'], 'Must be none or payment.'),
};

/** An http(s) URL, or a place that the operator has bound. */
function endpointAddress() {
  return line(2048).check(
    z.refine(
      (value) => readBoundPlace(value) !== undefined || /^https?:$/.test(URL.parse(value)?.protocol ?? ''),
      'Must be an absolute http(s) URL, or queue:<name> or worker:<name>.',
    ),
  );
}

const byId = z.object({ id: text(64) });

export const postEndpoint = defineRoute({
  method: 'post',
  path: '/v1/webhook-endpoints',
  auth: ['secret'],
  scope: 'webhooks:write',
  idempotent: true,
  body: z.strictObject({
    url: settings.url,
    events: z._default(settings.events, ['*']),
    match: z._default(settings.match, null),
    format: z._default(
      z.enum(ENDPOINT_FORMATS, `Must be one of ${ENDPOINT_FORMATS.join(', ')}.`),
      'standard',
    ),
    description: z._default(settings.description, ''),
    enabled: z._default(settings.enabled, true),
    rate_limit: z._default(settings.rate_limit, null),
    ordering: z._default(settings.ordering, 'none'),
  }),
});
export const getEndpoints = defineRoute({
  method: 'get',
  path: '/v1/webhook-endpoints',
  auth: ['secret'],
  scope: 'webhooks:read',
  query: z.strictObject(page),
});
export const getOneEndpoint = defineRoute({
  method: 'get',
  path: '/v1/webhook-endpoints/:id',
  auth: ['secret'],
  scope: 'webhooks:read',
  params: byId,
});
export const patchEndpoint = defineRoute({
  method: 'patch',
  path: '/v1/webhook-endpoints/:id',
  auth: ['secret'],
  scope: 'webhooks:write',
  params: byId,
  body: z.partial(z.strictObject(settings)),
});
export const deleteOneEndpoint = defineRoute({
  method: 'delete',
  path: '/v1/webhook-endpoints/:id',
  auth: ['secret'],
  scope: 'webhooks:write',
  params: byId,
});
export const postSecretRotation = defineRoute({
  method: 'post',
  path: '/v1/webhook-endpoints/:id/rotate-secret',
  auth: ['secret'],
  scope: 'webhooks:write',
  idempotent: true,
  bodyOptional: true,
  params: byId,
  body: z.strictObject({
    overlap_seconds: z._default(wholeNumber(0, MAX_OVERLAP_SECONDS), DEFAULT_OVERLAP_SECONDS),
  }),
});
export const postEndpointTest = defineRoute({
  method: 'post',
  path: '/v1/webhook-endpoints/:id/test',
  auth: ['secret'],
  scope: 'webhooks:write',
  bodyOptional: true,
  params: byId,
  body: z.strictObject({
    type: z._default(eventType(), 'payment.succeeded'),
  }),
});
export const postSendNow = defineRoute({
  method: 'post',
  path: '/v1/webhook-endpoints/:id/send-now',
  auth: ['secret'],
  scope: 'webhooks:write',
  params: byId,
});
export const postAnySendNow = defineRoute({
  method: 'post',
  path: '/admin/webhook-endpoints/:id/send-now',
  auth: ['operator'],
  params: byId,
});
export const getMetrics = defineRoute({
  method: 'get',
  path: '/v1/webhook-endpoints/:id/metrics',
  auth: ['secret'],
  scope: 'webhooks:read',
  params: byId,
  query: z.strictObject({
    since: z.optional(instant()),
  }),
});
export const getUnhealthyEndpoints = defineRoute({
  method: 'get',
  path: '/admin/webhook-endpoints',
  auth: ['operator'],
  query: z.strictObject({
    state: z._default(z.enum(['failing', 'disabled'], 'Must be failing or disabled.'), 'failing'),
    ...page,
  }),
});

export function mountEndpoints(app: App): void {
  mount(app, postEndpoint, async (c, { caller, body, rawBody }) => {
    const key = c.req.header('idempotency-key');
    const request = { key, rawBody, by: doerOf(c, caller) };
    const answer = await registerEndpoint(c.get('services'), caller.app, body, request);
    return c.json(answer.body, 201);
  });
  mount(app, getEndpoints, async (c, { caller, query }) =>
    c.json(await listEndpoints(c.get('services'), caller.app, query)),
  );
  mount(app, getOneEndpoint, async (c, { caller, params }) =>
    c.json(await getEndpoint(c.get('services'), caller.app, params.id)),
  );
  mount(app, patchEndpoint, async (c, { caller, params, body }) =>
    c.json(await updateEndpoint(c.get('services'), caller.app, params.id, body, doerOf(c, caller))),
  );
  mount(app, deleteOneEndpoint, async (c, { caller, params }) => {
    await deleteEndpoint(c.get('services'), caller.app, params.id, doerOf(c, caller));
    return c.body(null, 204);
  });
  mount(app, postSecretRotation, async (c, { caller, params, body, rawBody }) => {
    const key = c.req.header('idempotency-key');
    const rotation = { id: params.id, overlapSeconds: body.overlap_seconds };
    const request = { key, rawBody, by: doerOf(c, caller) };
    const answer = await rotateEndpointSecret(c.get('services'), caller.app, rotation, request);
    return c.json(answer.body);
  });
  mount(app, postEndpointTest, async (c, { caller, params, body }) =>
    c.json(await testEndpoint(c.get('services'), caller.app, { id: params.id, type: body.type })),
  );
  mount(app, postSendNow, async (c, { caller, params }) =>
    c.json(await sendNow(c.get('services'), caller.app, params.id, doerOf(c, caller)), 202),
  );
  mount(app, getMetrics, async (c, { caller, params, query }) => {
    const window = { id: params.id, since: readInstant(query.since) };
    return c.json(await getEndpointMetrics(c.get('services'), caller.app, window));
  });
}

/** What the operator may ask of the endpoints of all apps. */
export function mountAllEndpoints(app: App): void {
  mount(app, postAnySendNow, async (c, { caller, params }) =>
    c.json(await sendNow(c.get('services'), undefined, params.id, doerOf(c, caller)), 202),
  );
  mount(app, getUnhealthyEndpoints, async (c, { query }) =>
    c.json(await listUnhealthyEndpoints(c.get('services'), query)),
  );
}
