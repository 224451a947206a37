import * as z from 'zod/mini';
import { whoIsAsked } from '../../http/asked.ts';
import { Problem } from '../../base/problem.ts';
import type { Named, Subject } from '../../base/subject.rules.ts';
import type { Caller } from '../../http/identify-caller.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { customer, instant, line, readInstant, uuid } from '../../http/shapes.ts';
import { maxAgeText, resource } from '../access.routes.ts';
import { explainAccess } from './explain-access.ts';
import { HISTORY_DAYS } from './history.rules.ts';
import { presentExplanation } from './present-explanation.ts';

const DAY_MS = 86_400_000;
const MAX_PAYMENT_CHARS = 60;

export const explainRoute = defineRoute({
  method: 'get',
  path: '/v1/access/explain',
  auth: ['secret'],
  scope: 'access:read',
  query: z.strictObject({
    resource: resource(),
    customer: z.optional(customer()),
    member: z.optional(uuid()),
    payment: z.optional(line(MAX_PAYMENT_CHARS)),
    at: z.optional(instant()),
    max_age: maxAgeText(),
  }),
});

export function mountExplain(app: App): void {
  mount(app, explainRoute, async (c, { caller, query }) => {
    const services = c.get('services');
    const at = readAt(query.at, services.now());
    const subject = readSubject(caller, query);
    const maxAge = query.max_age;
    const explanation = await explainAccess(
      services,
      { app: caller.app, subject, at },
      { resource: query.resource, maxAge },
    );
    return c.json(presentExplanation(explanation, { resource: query.resource, subject, at, maxAge }));
  });
}

/**
 * A customer, one member of it, or a single purchase, whose buyer has proven nothing yet.
 * @throws {Problem} `validation_failed`
 */
function readSubject(
  caller: Caller<'secret'>,
  { payment, ...named }: Named & { payment?: string | undefined },
): Subject {
  if (payment === undefined) return whoIsAsked(caller, named, 'query');
  if (named.customer === undefined && named.member === undefined)
    return { kind: 'purchase', paymentId: payment };
  const message = 'Leave it out, or the customer: a purchase is asked about alone.';
  throw new Problem('validation_failed', {
    detail: `query.payment: ${message}`,
    errors: [{ path: 'query.payment', message }],
  });
}

/** @throws {Problem} `validation_failed` for a time that is still to come, or of which nothing is kept any more */
function readAt(text: string | undefined, now: number): number {
  const at = readInstant(text) ?? now;
  const message =
    at > now
      ? 'Must not be in the future.'
      : at < now - HISTORY_DAYS * DAY_MS
        ? `Must be of the last ${HISTORY_DAYS} days: what was so before is not kept.`
        : undefined;
  if (message === undefined) return at;
  throw new Problem('validation_failed', {
    detail: `query.at: ${message}`,
    errors: [{ path: 'query.at', message }],
  });
}
