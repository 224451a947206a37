import type { Mode, Secrets } from './deployment-file.ts';

/** The names of a mode's settings. */
export function settingsOf(mode: Mode) {
  const upper = mode === 'live' ? 'LIVE' : 'SANDBOX';
  return {
    accessToken: `POLAR_${upper}_ACCESS_TOKEN`,
    organizationId: `POLAR_${upper}_ORGANIZATION_ID`,
    webhookSecrets: `POLAR_${upper}_WEBHOOK_SECRETS`,
    signingKeys: `FLOE_${upper}_SIGNING_KEYS`,
  } as const;
}

export const ADMIN_TOKEN = 'FLOE_ADMIN_TOKEN';
export const ENCRYPTION_KEYS = 'FLOE_ENCRYPTION_KEYS';

/** The settings that are made here, not got from Polar. */
export function madeHere(modes: readonly Mode[]): string[] {
  return [
    ADMIN_TOKEN,
    ENCRYPTION_KEYS,
    ...modes.flatMap((mode) => [settingsOf(mode).signingKeys, settingsOf(mode).webhookSecrets]),
  ];
}

/** The other setting that has a secret while, and after, it is rotated. */
export const secondOf = (name: string) => `${name}_2`;

export interface SecretPlan {
  /** Neither here nor at the gateway. */
  make: string[];
  /** Here, and not at the gateway. */
  upload: string[];
  /** At the gateway, and not here: they stay as they are, and nobody here can read them. */
  unknown: string[];
}

/**
 * What becomes of the secrets that are made here. What the gateway has is never replaced: this machine may be another one than the one that made
 * it. `local`: what is kept here; `remote`: names of what the gateway has.
 */
export function planSecrets(modes: readonly Mode[], local: Secrets, remote: ReadonlySet<string>): SecretPlan {
  const plan: SecretPlan = { make: [], upload: [], unknown: [] };
  for (const name of madeHere(modes)) {
    // While it is rotated, and after every second rotation, it is in its second setting (ADR 92).
    const isHere = local[name] !== undefined || local[secondOf(name)] !== undefined;
    if (remote.has(name) || remote.has(secondOf(name))) {
      if (!isHere) plan.unknown.push(name);
    } else (isHere ? plan.upload : plan.make).push(name);
  }
  return plan;
}
