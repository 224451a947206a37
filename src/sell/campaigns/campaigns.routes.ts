import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { fitting, line, page, uuid } from '../../http/shapes.ts';
import { letBeKept } from '../discounts/let-be-kept.ts';
import { MAX_PRODUCTS } from '../discounts/limits.rules.ts';
import { countCampaign } from './count-campaign.ts';
import {
  changeCampaign,
  createCampaign,
  deleteCampaign,
  getCampaign,
  listCampaigns,
} from './manage-campaigns.ts';

const MAX_NAME = 200;
/** Each of them may be tried while a buyer waits. */
const MAX_RULES = 10;

const code = () =>
  fitting(64, /^[A-Za-z0-9]{3,64}$/, 'Must have 3 to 64 letters and digits, and nothing else.');

const rules = () =>
  z
    .array(
      z.strictObject({
        discount_id: uuid(),
        product_ids: z.optional(
          z.nullable(
            z
              .array(uuid())
              .check(
                z.minLength(1, 'Name at least one product, or leave them out.'),
                z.maxLength(MAX_PRODUCTS, `Must have at most ${MAX_PRODUCTS} products.`),
              ),
          ),
        ),
      }),
    )
    .check(
      z.minLength(1, 'Name at least one rule.'),
      z.maxLength(MAX_RULES, `Must have at most ${MAX_RULES} rules.`),
    );

export const postCampaign = defineRoute({
  method: 'post',
  path: '/v1/campaigns',
  auth: ['secret'],
  scope: 'discounts:write',
  idempotent: true,
  body: z.strictObject({ name: line(MAX_NAME), code: code(), rules: rules() }),
});

export const getCampaigns = defineRoute({
  method: 'get',
  path: '/v1/campaigns',
  auth: ['secret'],
  scope: 'discounts:read',
  query: z.strictObject(page),
});

const params = z.object({ id: line(64) });

export const getOneCampaign = defineRoute({
  method: 'get',
  path: '/v1/campaigns/:id',
  auth: ['secret'],
  scope: 'discounts:read',
  params,
});

export const patchCampaign = defineRoute({
  method: 'patch',
  path: '/v1/campaigns/:id',
  auth: ['secret'],
  scope: 'discounts:write',
  params,
  body: z
    .strictObject({
      name: z.optional(line(MAX_NAME)),
      code: z.optional(code()),
      rules: z.optional(rules()),
    })
    .check(z.refine((body) => Object.keys(body).length > 0, 'Name at least one field to change.')),
});

export const removeCampaign = defineRoute({
  method: 'delete',
  path: '/v1/campaigns/:id',
  auth: ['secret'],
  scope: 'discounts:write',
  params,
});

export const getCampaignRemaining = defineRoute({
  method: 'get',
  path: '/v1/campaigns/:id/remaining',
  auth: ['publishable', 'secret'],
  scope: 'discounts:read',
  params,
});

export function mountCampaigns(app: App): void {
  mount(app, postCampaign, async (c, { caller, body, rawBody }) => {
    const input = { name: body.name, code: body.code, rules: readRules(body.rules) };
    const request = { key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) };
    const answer = await createCampaign(c.get('services'), caller.app, input, request);
    return c.json(answer.body, 201);
  });
  mount(app, getCampaigns, async (c, { caller, query }) =>
    c.json(await listCampaigns(c.get('services'), caller.app, query)),
  );
  mount(app, getOneCampaign, async (c, { caller, params: { id } }) =>
    c.json(await getCampaign(c.get('services'), caller.app, id)),
  );
  mount(app, patchCampaign, async (c, { caller, params: { id }, body }) => {
    const { name, code: publicCode } = body;
    const changed = await changeCampaign(c.get('services'), caller.app, {
      id,
      by: doerOf(c, caller),
      ...(name === undefined ? {} : { name }),
      ...(publicCode === undefined ? {} : { code: publicCode }),
      ...(body.rules === undefined ? {} : { rules: readRules(body.rules) }),
    });
    return c.json(changed);
  });
  mount(app, removeCampaign, async (c, { caller, params: { id } }) => {
    await deleteCampaign(c.get('services'), caller.app, { id, by: doerOf(c, caller) });
    return c.body(null, 204);
  });
  mount(app, getCampaignRemaining, async (c, { caller, params: { id } }) => {
    const isPublic = caller.kind === 'publishable';
    const left = await countCampaign(c.get('services'), caller.app, id, { isPublic });
    letBeKept(c);
    return c.json(left);
  });
}

function readRules(given: z.output<ReturnType<typeof rules>>) {
  return given.map((rule) => ({ discountId: rule.discount_id, productIds: rule.product_ids ?? null }));
}
