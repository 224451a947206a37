import type { GateSettings } from '../gate-settings.ts';

/** Where a customer changes subscriptions and payment methods: at the gateway, which asks for the address once more (ADR 33). */
export function portalOf({ gateway, app }: GateSettings): string {
  return `${gateway}/portal?app=${app}`;
}
