import type { AccessBatchView, AccessView } from './access.answers.ts';
import * as z from 'zod/mini';
import {
  DEFAULT_MAX_AGE_SECONDS,
  MAX_AGE_SECONDS,
  MAX_RESOURCE_CHARS,
  RETRY_SECONDS,
} from './access.rules.ts';
import { customerName } from '../base/subject.rules.ts';
import { mayChangeSoon, presentAccess, presentDecision, requireSubject, statusOf } from './present-access.ts';
import { checkAccess, type ResourceDecision } from './check-access.ts';
import { whoIsAsked } from '../http/asked.ts';
import { type App, type AppContext, defineRoute, mount } from '../http/route.ts';
import { customer, fitting, line, uuid } from '../http/shapes.ts';

export const MAX_RESOURCES = 100;
const MAX_AGE_MESSAGE = `Must be a number of seconds from 0 to ${MAX_AGE_SECONDS}.`;

export const resource = () => line(MAX_RESOURCE_CHARS);

/** How old a cached yes may be, seconds. */
export const maxAge = () =>
  z._default(
    z.int().check(z.minimum(0, MAX_AGE_MESSAGE), z.maximum(MAX_AGE_SECONDS, MAX_AGE_MESSAGE)),
    DEFAULT_MAX_AGE_SECONDS,
  );

/** `maxAge` as the text of a query. */
export const maxAgeText = () =>
  z._default(
    z.pipe(
      fitting(5, /^\d{1,5}$/, MAX_AGE_MESSAGE).check(
        z.refine((value) => Number(value) <= MAX_AGE_SECONDS, MAX_AGE_MESSAGE),
      ),
      z.transform(Number),
    ),
    DEFAULT_MAX_AGE_SECONDS,
  );

export const getAccess = defineRoute({
  method: 'get',
  path: '/v1/access',
  auth: ['secret', 'session'],
  scope: 'access:read',
  query: z.strictObject({
    resource: resource(),
    customer: z.optional(customer()),
    member: z.optional(uuid()),
    max_age: maxAgeText(),
  }),
});

export const postAccessBatch = defineRoute({
  method: 'post',
  path: '/v1/access/batch',
  auth: ['secret', 'session'],
  scope: 'access:read',
  body: z.strictObject({
    resources: z
      .array(resource())
      .check(
        z.minLength(1),
        z.maxLength(
          MAX_RESOURCES,
          `Must have at most ${MAX_RESOURCES} resources: ask for the others in another request.`,
        ),
      ),
    customer: z.optional(customer()),
    member: z.optional(uuid()),
    max_age: maxAge(),
  }),
});

export function mountAccess(app: App): void {
  mount(app, getAccess, async (c, { caller, query }) => {
    const subject = requireSubject(whoIsAsked(caller, query, 'query'));
    const answer = await checkAccess(c.get('services'), {
      app: caller.app,
      subject,
      resources: [query.resource],
      maxAge: query.max_age,
    });
    return respond(c, answer.decisions, presentAccess(answer, subject));
  });
  mount(app, postAccessBatch, async (c, { caller, body }) => {
    const subject = requireSubject(whoIsAsked(caller, body, 'body'));
    const { decisions, token } = await checkAccess(c.get('services'), {
      app: caller.app,
      subject,
      resources: body.resources,
      maxAge: body.max_age,
    });
    return respond(c, decisions, {
      customer: customerName(subject),
      results: decisions.map(presentDecision),
      token,
    });
  });
}

function respond(
  c: AppContext,
  decisions: readonly ResourceDecision[],
  body: AccessView | AccessBatchView,
): Response {
  if (mayChangeSoon(decisions)) c.header('Retry-After', String(RETRY_SECONDS));
  return c.json(body, statusOf(decisions));
}
