/** `/v1/organizations`: a token sees its own organization only. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type ApiContext, type SimulatorEnv, createRouter } from '../http/app.ts';
import { notFound } from '../http/errors.ts';
import { currencyField, emailField, pathId, readBody, urlField } from '../http/input.ts';
import { answerList } from '../http/lists.ts';
import { fields } from '../http/selection.ts';
import type { OrganizationRow } from '../state.ts';
import type { World } from '../world.ts';

function organizationToWire(row: OrganizationRow) {
  const { next_invoice: _1, environment: _2, ...organization } = row;
  // Gone from newer SDKs, still in the 2026-10 schema. Without a list embedding is unchecked.
  return { ...organization, embed_hosts_enforced: row.embed_hosts.length > 0 };
}

const subscriptionSettings = z
  .object({
    allow_multiple_subscriptions: z.boolean(),
    proration_behavior: z.enum(['invoice', 'prorate', 'next_period']),
    benefit_revocation_grace_period: z.union([z.literal([0, 2, 7, 14, 21])]),
    prevent_trial_abuse: z.boolean(),
    allow_customer_updates: z.boolean(),
  })
  .partial();

const updateBody = z.object({
  name: z.string().min(3).nullish(),
  avatar_url: urlField.nullish(),
  email: emailField.nullish(),
  website: urlField.nullish(),
  default_presentment_currency: currencyField.nullish(),
  default_tax_behavior: z.enum(['location', 'inclusive', 'exclusive']).nullish(),
  subscription_settings: subscriptionSettings.nullish(),
  feature_settings: z.record(z.string(), z.unknown()).nullish(),
  customer_email_settings: z.record(z.string(), z.boolean()).nullish(),
  embed_hosts: z.array(z.string()).nullish(),
  socials: z.array(z.object({ platform: z.string(), url: urlField })).nullish(),
  country: z.string().nullish(),
  customer_portal_settings: z
    .object({
      usage: z.object({ show: z.boolean() }),
      subscription: z.object({
        update_seats: z.boolean(),
        update_plan: z.boolean(),
        pause: z.boolean().default(true),
      }),
      customer: z.object({ allow_email_change: z.boolean() }).optional(),
    })
    .nullish(),
});

export function organizationRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();

  const find = (context: ApiContext): OrganizationRow => {
    const { organization } = context.var;
    if (pathId(context) !== organization.id) throw notFound();
    return organization;
  };

  routes.get('/', (context) =>
    answerList(context, [context.var.organization], {
      filters: fields('slug'),
      sorters: fields('created_at', 'slug', 'name'),
      defaultSort: 'created_at',
      toWire: organizationToWire,
    }),
  );

  routes.get('/:id', (context) => context.json(organizationToWire(find(context))));

  routes.patch('/:id', async (context) => {
    const organization = find(context);
    const { subscription_settings, customer_email_settings, feature_settings, ...plain } = await readBody(
      context,
      updateBody,
    );
    for (const [field, value] of Object.entries(plain)) {
      if (value !== null && value !== undefined) Object.assign(organization, { [field]: value });
    }
    Object.assign(organization.subscription_settings, subscription_settings);
    Object.assign(organization.customer_email_settings, customer_email_settings);
    organization.feature_settings = { ...organization.feature_settings, ...feature_settings };
    organization.proration_behavior = organization.subscription_settings.proration_behavior;
    organization.allow_customer_updates = organization.subscription_settings.allow_customer_updates;
    world.touch(organization);
    world.emit(organization.id, 'organization.updated', organizationToWire(organization));
    return context.json(organizationToWire(organization));
  });

  return routes;
}
