import * as z from 'zod/mini';
import { readCustomer } from '../../base/subject.rules.ts';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { customer, instant, line, readInstant, text } from '../../http/shapes.ts';
import { MAX_RESOURCE_CHARS } from '../access.rules.ts';
import { MAX_GIVEN } from './given.rules.ts';
import { giveGrant } from './give-grant.ts';
import { revokeGrant } from './revoke-grant.ts';

const MAX_REASON = 200;

export const postGrant = defineRoute({
  method: 'post',
  path: '/v1/grants',
  auth: ['secret'],
  scope: 'grants:write',
  idempotent: true,
  body: z.strictObject({
    customer: customer(),
    resources: z
      .array(line(MAX_RESOURCE_CHARS))
      .check(
        z.minLength(1, 'Name at least one resource.'),
        z.maxLength(MAX_GIVEN, `Must have at most ${MAX_GIVEN} resources. Give the others in another grant.`),
      ),
    expires_at: z.optional(z.nullable(instant())),
    reason: line(MAX_REASON),
  }),
});

export const deleteGrant = defineRoute({
  method: 'delete',
  path: '/v1/grants/:id',
  auth: ['secret'],
  scope: 'grants:write',
  params: z.object({ id: text(64) }),
});

export function mountOwnGrants(app: App): void {
  mount(app, postGrant, async (c, { caller, body, rawBody }) => {
    const holder = readCustomer(body.customer);
    if (!holder) throw new Error('a customer that the schema let through');
    const request = { key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) };
    const { resources, reason, expires_at: end } = body;
    const grant = { holder, resources, reason, expiresAt: readInstant(end ?? undefined) };
    const answer = await giveGrant(c.get('services'), caller.app, grant, request);
    return c.json(answer.body, 201);
  });
  mount(app, deleteGrant, async (c, { caller, params }) => {
    await revokeGrant(c.get('services'), caller.app, params.id, doerOf(c, caller));
    return c.body(null, 204);
  });
}
