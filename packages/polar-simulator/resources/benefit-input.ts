/** What a seller may say about a benefit, by its type (facts §11). */

import * as z from 'zod';
import { metadataField, uuidField } from '../http/input.ts';

const positive = z.number().int().positive().max(2_147_483_647);

const TTL_MAX = { year: 457, month: 1200, day: 36_500 } as const;

export const propertiesOf = {
  custom: z.object({ note: z.string().nullish().default(null) }),
  feature_flag: z.object({}).default({}),
  discord: z.object({ guild_token: z.string(), role_id: z.string(), kick_member: z.boolean() }),
  github_repository: z.object({
    repository_owner: z.string(),
    repository_name: z.string(),
    permission: z.enum(['pull', 'triage', 'push', 'maintain', 'admin']),
  }),
  downloadables: z.object({
    archived: z.record(uuidField, z.boolean()).default({}),
    files: z.array(uuidField).min(1),
  }),
  license_keys: z.object({
    prefix: z.string().nullish().default(null),
    expires: z
      .object({ ttl: z.number().int().positive(), timeframe: z.enum(['year', 'month', 'day']) })
      .refine((expires) => expires.ttl <= TTL_MAX[expires.timeframe], 'The time to live is too long.')
      .nullish()
      .default(null),
    activations: z.object({ limit: positive, enable_customer_admin: z.boolean() }).nullish().default(null),
    limit_usage: positive.nullish().default(null),
  }),
  meter_credit: z.object({ units: positive, rollover: z.boolean(), meter_id: uuidField }),
  slack_shared_channel: z.object({
    slack_integration_id: uuidField,
    channel_name_template: z.string().min(1).max(80),
    private: z.boolean().default(true),
    welcome_message: z.string().max(4000).nullish().default(null),
    archive_on_revoke: z.boolean().default(true),
    team_invitees: z.array(z.string()).default([]),
  }),
} as const;

type BenefitType = keyof typeof propertiesOf;

const description = z.string().min(3).max(42);
const visibility = z.enum(['draft', 'private', 'public']).nullish();
const types = Object.keys(propertiesOf) as [BenefitType, ...BenefitType[]];

export const createBody = z
  .looseObject({
    type: z.enum(types),
    description,
    visibility,
    metadata: metadataField.default({}),
    properties: z.record(z.string(), z.unknown()).default({}),
  })
  .transform((body, context) => {
    const result = propertiesOf[body.type].safeParse(body.properties);
    if (result.success) return { ...body, properties: result.data };
    for (const issue of result.error.issues) {
      context.issues.push({ ...issue, path: ['properties', ...issue.path], input: body } as never);
    }
    return z.NEVER;
  });

export const updateBody = z.looseObject({
  type: z.string(),
  description: description.nullish(),
  visibility,
  metadata: metadataField.optional(),
  properties: z.record(z.string(), z.unknown()).nullish(),
});
