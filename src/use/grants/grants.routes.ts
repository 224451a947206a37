import * as z from 'zod/mini';
import { GRANT_STATES } from '../../base/grant-states.rules.ts';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { createdRange, customer, line, lines, page, readInstant, text, uuid } from '../../http/shapes.ts';
import { fulfilGrant } from './fulfil-grant.ts';
import { getGrant } from './get-grant.ts';
import { FULFILMENTS } from './fulfilments.rules.ts';
import { GRANT_SOURCES, listGrants } from './list-grants.ts';
import { readNote } from './read-note.ts';

const MAX_BY = 100;
const MAX_COMMENT = 1_000;
const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, `Must be one of ${values.join(', ')}.`);

export const getGrants = defineRoute({
  method: 'get',
  path: '/v1/grants',
  auth: ['secret'],
  scope: 'grants:read',
  query: z.strictObject({
    customer: z.optional(customer()),
    member: z.optional(uuid()),
    benefit: z.optional(uuid()),
    /** Polar may add one, so any is taken. */
    type: z.optional(line(64)),
    product: z.optional(uuid()),
    state: z.optional(oneOf([...GRANT_STATES, 'expired'])),
    fulfilment: z.optional(oneOf(FULFILMENTS)),
    source: z.optional(oneOf(GRANT_SOURCES)),
    ...createdRange,
    ...page,
  }),
});

const ofGrant = { params: z.object({ id: text(64) }), auth: ['secret'] } as const;

export const getOneGrant = defineRoute({
  ...ofGrant,
  method: 'get',
  path: '/v1/grants/:id',
  scope: 'grants:read',
});

export const getGrantNote = defineRoute({
  ...ofGrant,
  method: 'get',
  path: '/v1/grants/:id/note',
  scope: 'grants:read',
});

export const postFulfilment = defineRoute({
  ...ofGrant,
  method: 'post',
  path: '/v1/grants/:id/fulfilment',
  scope: 'grants:write',
  idempotent: true,
  body: z.strictObject({
    status: oneOf(FULFILMENTS),
    by: line(MAX_BY),
    comment: z.optional(z.nullable(lines(MAX_COMMENT))),
  }),
});

export function mountGrants(app: App): void {
  mount(app, getGrants, async (c, { caller, query }) => {
    const { member, benefit, product, created_after: after, created_before: before, ...asked } = query;
    const answer = await listGrants(c.get('services'), caller.app, {
      ...asked,
      memberId: member,
      benefitId: benefit,
      productId: product,
      createdAfter: readInstant(after),
      createdBefore: readInstant(before),
    });
    return c.json(answer);
  });
  mount(app, getOneGrant, async (c, { caller, params }) =>
    c.json(await getGrant(c.get('services'), caller.app, params.id)),
  );
  mount(app, getGrantNote, async (c, { caller, params }) => {
    const note = await readNote(c.get('services'), caller.app, params.id);
    return c.json(note, 200, { 'cache-control': 'private, no-store' });
  });
  mount(app, postFulfilment, async (c, { caller, params, body, rawBody }) => {
    const { status, by, comment = null } = body;
    const answer = await fulfilGrant(
      c.get('services'),
      caller.app,
      { id: params.id, said: { status, by, comment } },
      { key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) },
    );
    return c.json(answer);
  });
}
