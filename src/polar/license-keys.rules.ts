import * as z from 'zod/mini';
import { roundNumber } from '../base/json.rules.ts';
import { once } from '../base/once.rules.ts';
import type { LicenseKeyStatus } from '../base/polar-gateway.ts';
import { toMilliseconds } from './versions.rules.ts';

/* Polar's licence keys, as far as Floe reads them. */

/** Values that Polar keeps of an activation. */
type KeyValues = Record<string, string | number | boolean>;

/** One machine that a key was activated for. Its conditions are not shown by Polar. */
export interface PolarActivation {
  id: string;
  label: string;
  meta: KeyValues;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** A licence key at Polar. `key` is the whole key: neither to be stored nor logged. */
export interface PolarLicenseKey {
  id: string;
  customerId: string;
  benefitId: string;
  key: string;
  displayKey: string;
  /** A status that Polar adds later is one that does not work. */
  status: LicenseKeyStatus;
  usage: number;
  /** Null: without a limit. */
  limitUsage: number | null;
  /** Null: the key is not activated. */
  limitActivations: number | null;
  /** Milliseconds since 1970; null: it has no end. */
  expiresAt: number | null;
  createdAt: number;
  /** Polar shows them of one key, not of those in a list. */
  activations: PolarActivation[];
}

const whole = once(() => z.pipe(z.transform(roundNumber), z.int()));
const nullableWhole = once(() => z.nullish(whole()));

const values = once(() =>
  z.catch(
    z.record(z.string(), z.pipe(z.transform(roundNumber), z.union([z.string(), z.number(), z.boolean()]))),
    {},
  ),
);

const activationObject = once(() =>
  z.looseObject({ id: z.string(), label: z.string(), meta: values(), created_at: z.string() }),
);

const licenseKeyObject = once(() =>
  z.looseObject({
    id: z.string(),
    customer_id: z.string(),
    benefit_id: z.string(),
    key: z.string(),
    display_key: z.string(),
    status: z.string(),
    usage: whole(),
    limit_usage: nullableWhole(),
    limit_activations: nullableWhole(),
    expires_at: z.nullish(z.string()),
    created_at: z.string(),
    activations: z.nullish(z.array(activationObject())),
  }),
);

/** @throws {z.core.$ZodError} for what is not as Polar documents it */
export function parseLicenseKey(data: unknown): PolarLicenseKey {
  const key = licenseKeyObject().parse(data);
  return {
    id: key.id,
    customerId: key.customer_id,
    benefitId: key.benefit_id,
    key: key.key,
    displayKey: key.display_key,
    status: key.status === 'granted' || key.status === 'revoked' ? key.status : 'disabled',
    usage: key.usage,
    limitUsage: key.limit_usage ?? null,
    limitActivations: key.limit_activations ?? null,
    expiresAt: toMilliseconds(key.expires_at),
    createdAt: toMilliseconds(key.created_at),
    activations: (key.activations ?? []).map(readActivation),
  };
}

/** The activation that Polar has just made. @throws {z.core.$ZodError} */
export function parseActivation(data: unknown): PolarActivation {
  return readActivation(activationObject().parse(data));
}

function readActivation({ id, label, meta, created_at }: z.output<ReturnType<typeof activationObject>>) {
  return { id, label, meta, createdAt: toMilliseconds(created_at) };
}

const benefitObject = once(() =>
  z.looseObject({
    properties: z.looseObject({
      activations: z.nullish(z.looseObject({ enable_customer_admin: z.boolean() })),
    }),
  }),
);

/** Whether a benefit lets its customers remove activations themselves. What is not understood does not. */
export function letsCustomersDeactivate(data: unknown): boolean {
  const benefit = benefitObject().safeParse(data);
  return benefit.success && benefit.data.properties.activations?.enable_customer_admin === true;
}

const grantObject = once(() =>
  z.looseObject({
    id: z.string(),
    order_id: z.nullish(z.string()),
    subscription_id: z.nullish(z.string()),
    properties: z.looseObject({ license_key_id: z.nullish(z.string()) }),
  }),
);

/** What a grant at Polar says of a licence key; undefined for a grant of anything else. */
export function readKeyGrant(
  data: unknown,
): { id: string; licenseKeyId: string; orderId: string | null; subscriptionId: string | null } | undefined {
  const grant = grantObject().safeParse(data);
  const licenseKeyId = grant.data?.properties.license_key_id;
  if (!grant.data || typeof licenseKeyId !== 'string') return undefined;
  const { id, order_id, subscription_id } = grant.data;
  return { id, licenseKeyId, orderId: order_id ?? null, subscriptionId: subscription_id ?? null };
}
