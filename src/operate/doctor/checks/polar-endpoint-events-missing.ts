import type { Check } from '../check.ts';
import { repairPolarWebhook } from '../repair-polar-webhook.ts';

const MAX_NAMED = 8;

export const polarEndpointEventsMissing: Check = {
  code: 'polar_endpoint_events_missing',
  area: 'polars-webhook-endpoint',
  severity: 'error',
  title: 'Polar’s webhook endpoint lacks types of events',
  each: 'mode',
  async look(evidence, mode) {
    const { missing_events: missing } = await evidence.polarWebhook(mode);
    if (missing.length === 0) return [];
    const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : '';
    return [
      {
        target: `${evidence.config.url}/webhooks/polar`,
        detail: `It is not registered for ${missing.slice(0, MAX_NAMED).join(', ')}${more}.`,
        mend: 'npx floe doctor --fix',
      },
    ];
  },
  fix: repairPolarWebhook,
};
