import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { fitting, instant, line, metadata, page, readInstant, uuid, wholeNumber } from '../../http/shapes.ts';
import { currency } from '../checkout-options.ts';
import { MAX_PRODUCTS } from './limits.rules.ts';
import { changeDiscount, deleteDiscount } from './change-discount.ts';
import { countRemaining } from './count-remaining.ts';
import { createDiscount } from './create-discount.ts';
import { getDiscount, listDiscounts } from './list-discounts.ts';
import { letBeKept } from './let-be-kept.ts';
import { listRedemptions } from './list-redemptions.ts';

const MAX_NAME = 200;
const MAX_REDEMPTIONS = 2_147_483_647;
const MAX_AMOUNT = 999_999_999_999;
const MAX_CURRENCIES = 150;

const code = () =>
  fitting(256, /^[A-Za-z0-9]{3,256}$/, 'Must have 3 to 256 letters and digits, and nothing else.');
const basisPoints = () => wholeNumber(1, 10_000);
const amounts = () =>
  z.record(currency(), wholeNumber(0, MAX_AMOUNT)).check(
    z.refine((given) => Object.keys(given).length > 0, 'Name at least one currency.'),
    z.refine((given) => Object.keys(given).length <= MAX_CURRENCIES, 'Name each currency once.'),
  );
const redemptions = () => wholeNumber(1, MAX_REDEMPTIONS);
const products = () =>
  z.array(uuid()).check(
    z.minLength(1, 'Name at least one product of this app.'),
    z.maxLength(MAX_PRODUCTS, `Must have at most ${MAX_PRODUCTS} products.`),
    z.refine((ids) => new Set(ids).size === ids.length, 'Must name each product once.'),
  );

const isAfter = (begin: string | null | undefined, end: string | null | undefined) =>
  !begin || !end || Date.parse(begin) < Date.parse(end);
const WINDOW = { path: ['ends_at'], error: 'Must be after starts_at.' };

export const postDiscount = defineRoute({
  method: 'post',
  path: '/v1/discounts',
  auth: ['secret'],
  scope: 'discounts:write',
  idempotent: true,
  body: z
    .strictObject({
      name: line(MAX_NAME),
      code: z.optional(code()),
      basis_points: z.optional(basisPoints()),
      amounts: z.optional(amounts()),
      duration: z._default(z.enum(['once', 'forever', 'repeating']), 'once'),
      duration_in_months: z.optional(wholeNumber(1, 999)),
      starts_at: z.optional(instant()),
      ends_at: z.optional(instant()),
      max_redemptions: z.optional(redemptions()),
      max_redemptions_per_customer: z.optional(redemptions()),
      product_ids: z.optional(products()),
      metadata: z._default(metadata(), {}),
    })
    .check(
      z.refine((body) => (body.basis_points === undefined) !== (body.amounts === undefined), {
        path: ['basis_points'],
        error: 'Give either basis_points, hundredths of a percent, or amounts by currency.',
      }),
      z.refine((body) => (body.duration === 'repeating') === (body.duration_in_months !== undefined), {
        path: ['duration_in_months'],
        error: 'Goes with the duration repeating, and only with it.',
      }),
      z.refine((body) => isAfter(body.starts_at, body.ends_at), WINDOW),
    ),
});

export const getDiscounts = defineRoute({
  method: 'get',
  path: '/v1/discounts',
  auth: ['secret'],
  scope: 'discounts:read',
  query: z.strictObject({ code: z.optional(code()), ...page }),
});

const params = z.object({ id: uuid() });

export const getOneDiscount = defineRoute({
  method: 'get',
  path: '/v1/discounts/:id',
  auth: ['secret'],
  scope: 'discounts:read',
  params,
});

export const patchDiscount = defineRoute({
  method: 'patch',
  path: '/v1/discounts/:id',
  auth: ['secret'],
  scope: 'discounts:write',
  params,
  body: z
    .strictObject({
      name: z.optional(line(MAX_NAME)),
      code: z.optional(z.nullable(code())),
      basis_points: z.optional(basisPoints()),
      amounts: z.optional(amounts()),
      starts_at: z.optional(z.nullable(instant())),
      ends_at: z.optional(z.nullable(instant())),
      max_redemptions: z.optional(z.nullable(redemptions())),
      max_redemptions_per_customer: z.optional(z.nullable(redemptions())),
      product_ids: z.optional(products()),
      metadata: z.optional(metadata()),
    })
    .check(
      z.refine((body) => Object.keys(body).length > 0, 'Name at least one field to change.'),
      z.refine((body) => isAfter(body.starts_at, body.ends_at), WINDOW),
    ),
});

export const removeDiscount = defineRoute({
  method: 'delete',
  path: '/v1/discounts/:id',
  auth: ['secret'],
  scope: 'discounts:write',
  params,
});

export const getRedemptions = defineRoute({
  method: 'get',
  path: '/v1/discounts/:id/redemptions',
  auth: ['secret'],
  scope: 'discounts:read',
  params,
  query: z.strictObject(page),
});

export const getRemaining = defineRoute({
  method: 'get',
  path: '/v1/discounts/:id/remaining',
  auth: ['publishable', 'secret'],
  scope: 'discounts:read',
  params,
});

export function mountDiscounts(app: App): void {
  mount(app, postDiscount, async (c, { caller, body, rawBody }) => {
    const discount = {
      name: body.name,
      code: body.code,
      basisPoints: body.basis_points,
      amounts: body.amounts,
      duration: body.duration,
      durationInMonths: body.duration_in_months,
      startsAt: readInstant(body.starts_at),
      endsAt: readInstant(body.ends_at),
      maxRedemptions: body.max_redemptions,
      maxRedemptionsPerCustomer: body.max_redemptions_per_customer,
      productIds: body.product_ids,
      metadata: body.metadata,
    };
    const request = { key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) };
    const answer = await createDiscount(c.get('services'), caller.app, discount, request);
    return c.json(answer.body, 201);
  });
  mount(app, getDiscounts, async (c, { caller, query }) =>
    c.json(await listDiscounts(c.get('services'), caller.app, query)),
  );
  mount(app, getOneDiscount, async (c, { caller, params: { id } }) =>
    c.json(await getDiscount(c.get('services'), caller.app, id)),
  );
  mount(app, patchDiscount, async (c, { caller, params: { id }, body }) => {
    const patch = {
      name: body.name,
      code: body.code,
      basisPoints: body.basis_points,
      amounts: body.amounts,
      startsAt: readOrNull(body.starts_at),
      endsAt: readOrNull(body.ends_at),
      maxRedemptions: body.max_redemptions,
      maxRedemptionsPerCustomer: body.max_redemptions_per_customer,
      productIds: body.product_ids,
      metadata: body.metadata,
    };
    return c.json(await changeDiscount(c.get('services'), caller.app, { id, patch, by: doerOf(c, caller) }));
  });
  mount(app, removeDiscount, async (c, { caller, params: { id } }) => {
    await deleteDiscount(c.get('services'), caller.app, { id, by: doerOf(c, caller) });
    return c.body(null, 204);
  });
  mount(app, getRedemptions, async (c, { caller, params: { id }, query: { cursor, limit } }) =>
    c.json(await listRedemptions(c.get('services'), caller.app, { id, cursor, limit })),
  );
  mount(app, getRemaining, async (c, { caller, params: { id } }) => {
    const isPublic = caller.kind === 'publishable';
    const left = await countRemaining(c.get('services'), caller.app, id, { isPublic });
    letBeKept(c);
    return c.json(left);
  });
}

const readOrNull = (time: string | null | undefined) => (time === null ? null : readInstant(time));
