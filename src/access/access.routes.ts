import type { AccessBatchView, AccessView, DecisionView } from './access.answers.ts';
import * as z from 'zod/mini';
import { RETRY_SECONDS } from './access.rules.ts';
import { customerName, type Subject } from '../base/subject.rules.ts';
import { checkAccess, type ResourceDecision } from './check-access.ts';
import { whoIsAsked } from '../http/asked.ts';
import { Problem } from '../base/problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../http/route.ts';
import { customer, fitting, line, uuid } from '../http/shapes.ts';

const MAX_AGE_SECONDS = 86_400;
const DEFAULT_MAX_AGE_SECONDS = 300;
export const MAX_RESOURCES = 100;
const MAX_AGE_MESSAGE = `Must be a number of seconds from 0 to ${MAX_AGE_SECONDS}.`;

export const resource = () => line(600);

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
    const { decisions, token } = await checkAccess(c.get('services'), {
      app: caller.app,
      subject,
      resources: [query.resource],
      maxAge: query.max_age,
    });
    const [first] = decisions;
    if (!first) throw new Error('a check without an answer');
    return respond(c, decisions, { ...presentDecision(first), customer: customerName(subject), token });
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

function requireSubject(subject: Subject | undefined): Subject {
  if (!subject) throw new Problem('unauthorized', { detail: 'This session is nobody’s.' });
  return subject;
}

function presentDecision({ resource: name, allow, reason: why, endsAt }: ResourceDecision): DecisionView {
  // Whole seconds, as in the token: the answer is the same whether it comes from there or from the database.
  const expiresAt = endsAt === null ? null : new Date(Math.floor(endsAt / 1000) * 1000).toISOString();
  return { resource: name, allow, reason: why, expires_at: expiresAt };
}

function respond(
  c: AppContext,
  decisions: readonly ResourceDecision[],
  body: AccessView | AccessBatchView,
): Response {
  const isUnavailable = decisions.some((each) => each.reason === 'unavailable');
  if (isUnavailable || decisions.some((each) => each.reason === 'pending_payment'))
    c.header('Retry-After', String(RETRY_SECONDS));
  return c.json(body, isUnavailable ? 503 : 200);
}
