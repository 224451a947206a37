import type { Answer } from '../../gateway/client.ts';

/* A secret has two settings, `X` and `X_2`, which together hold what counts (ADR 92). */

export type SecretsView = Answer<'GET /admin/secrets'>;
export type SecretView = SecretsView['secrets'][number];
export type Mode = 'live' | 'sandbox';

/** The setting of what is rotated. */
export function settingOf(purpose: SecretView['purpose'], mode: Mode | null): string {
  const upper = mode === 'live' ? 'LIVE' : 'SANDBOX';
  switch (purpose) {
    case 'admin':
      return 'FLOE_ADMIN_TOKEN';
    case 'encryption':
      return 'FLOE_ENCRYPTION_KEYS';
    case 'webhook':
      return `POLAR_${upper}_WEBHOOK_SECRETS`;
    case 'signing':
      return `FLOE_${upper}_SIGNING_KEYS`;
  }
}

/** The other one of a setting's two. */
export function otherSetting(slot: string): string {
  return slot.endsWith('_2') ? slot.slice(0, -2) : `${slot}_2`;
}

/** What a rotation has changed within this time is not changed again unasked: the same command, typed again, finds it done. */
const NEW_FOR_MS = 24 * 60 * 60_000;

export function isNew({ since, used_from }: Pick<SecretView, 'since' | 'used_from'>, now: number): boolean {
  const from = Math.max(Date.parse(since), used_from === null ? 0 : Date.parse(used_from));
  return now - from < NEW_FOR_MS;
}
