import * as z from 'zod';
import { metadataField } from './metadata.rules.ts';

/* Benefits of all types that Polar has, with what each type says. A new type is a row of `propertiesOf`. */

const count = z.int().min(1).max(2_147_483_647);

export const propertiesOf = {
  custom: z.strictObject({ note: z.string().nullable().default(null) }),
  feature_flag: z.strictObject({}),
  // The token stands for a server that Discord was asked about in the dashboard. Only making the benefit takes it, so a configuration of one that is there goes without.
  discord: z.strictObject({
    guild_token: z.string().optional(),
    role_id: z.string(),
    kick_member: z.boolean().default(false),
  }),
  github_repository: z.strictObject({
    repository_owner: z.string(),
    repository_name: z.string(),
    permission: z.enum(['pull', 'triage', 'push', 'maintain', 'admin']).default('pull'),
  }),
  downloadables: z.strictObject({
    /** Keys of files, in order. */
    files: z.array(z.string()).min(1),
  }),
  license_keys: z.strictObject({
    prefix: z
      .string()
      .nullable()
      .transform((text) => text?.trim() || null)
      .default(null),
    expires: z
      .strictObject({ ttl: z.int().min(1), timeframe: z.enum(['year', 'month', 'day']) })
      .nullable()
      .default(null),
    activations: z
      .strictObject({ limit: count, enable_customer_admin: z.boolean() })
      .nullable()
      .default(null),
    limit_usage: count.nullable().default(null),
  }),
  meter_credit: z.strictObject({
    /** The key of a meter. */
    meter: z.string(),
    units: count,
    rollover: z.boolean().default(false),
  }),
  slack_shared_channel: z.strictObject({
    slack_integration_id: z.string(),
    channel_name_template: z.string().min(1).max(80),
    private: z.boolean().default(true),
    welcome_message: z.string().max(4000).nullable().default(null),
    archive_on_revoke: z.boolean().default(true),
    team_invitees: z.array(z.string()).default([]),
  }),
} as const;

export type BenefitType = keyof typeof propertiesOf;
export const BENEFIT_TYPES = Object.keys(propertiesOf) as [BenefitType, ...BenefitType[]];

/** What somebody connects in the dashboard, for each organization by itself, before such a benefit can be made. */
export const CONNECTED: Readonly<Partial<Record<BenefitType, string>>> = {
  discord: 'Discord',
  github_repository: 'GitHub',
  slack_shared_channel: 'Slack',
};

export const DESCRIPTION = { least: 3, most: 42 } as const;
export const descriptionField = z.string().trim().min(DESCRIPTION.least).max(DESCRIPTION.most);

const common = {
  key: z.string(),
  description: descriptionField,
  visibility: z.enum(['draft', 'private', 'public']).default('public'),
  metadata: metadataField.default({}),
};

const benefit = <Type extends BenefitType>(type: Type) =>
  z.strictObject({ ...common, type: z.literal(type), properties: propertiesOf[type] });

export const benefitModel = z.discriminatedUnion('type', [
  benefit('custom'),
  benefit('feature_flag'),
  benefit('discord'),
  benefit('github_repository'),
  benefit('downloadables'),
  benefit('license_keys'),
  benefit('meter_credit'),
  benefit('slack_shared_channel'),
]);
export type Benefit = z.output<typeof benefitModel>;
