import * as z from 'zod/mini';
import { list } from '../../http/shapes.ts';
import { LICENSE_CODES } from './license-code.rules.ts';

const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const licenseActivation = z.object({
  id: z.string(),
  label: z.string(),
  meta: values,
  created_at: z.iso.datetime(),
});
export type LicenseActivationView = z.output<typeof licenseActivation>;

/** How a key stands, without the key. */
export const checkedLicenseKey = z.object({
  display_key: z.string(),
  expires_at: z.nullable(z.iso.datetime()),
  usage: z.int(),
  limit_usage: z.nullable(z.int()),
  limit_activations: z.nullable(z.int()),
  activations: z.int(),
});

/** What is said of a key, yes or no. */
export const licenseCheck = z.object({
  valid: z.boolean(),
  code: z.enum(LICENSE_CODES),
  key: z.nullable(checkedLicenseKey),
  activation: z.nullable(licenseActivation),
  customer: z.optional(z.nullable(z.string())),
  checked_at: z.iso.datetime(),
});
export type LicenseCheckView = z.output<typeof licenseCheck>;

export const licenseKey = z.object({
  id: z.string(),
  display_key: z.string(),
  status: z.enum(['granted', 'revoked', 'disabled']),
  customer: z.nullable(z.string()),
  benefit_id: z.string(),
  expires_at: z.nullable(z.iso.datetime()),
  usage: z.int(),
  limit_usage: z.nullable(z.int()),
  limit_activations: z.nullable(z.int()),
  created_at: z.iso.datetime(),
});
export type LicenseKeyView = z.output<typeof licenseKey>;
export const licenseKeyList = list(licenseKey);

export const licenseKeyDetail = z.extend(licenseKey, {
  /** The whole key, only when it is asked for. */
  key: z.nullable(z.string()),
  activations: z.array(licenseActivation),
});
export type LicenseKeyDetailView = z.output<typeof licenseKeyDetail>;
