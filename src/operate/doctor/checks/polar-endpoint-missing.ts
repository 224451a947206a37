import type { Check } from '../check.ts';
import { repairPolarWebhook } from '../repair-polar-webhook.ts';

export const polarEndpointMissing: Check = {
  code: 'polar_endpoint_missing',
  area: 'polars-webhook-endpoint',
  severity: 'error',
  title: 'Polar does not know the gateway’s webhook address',
  each: 'mode',
  async look(evidence, mode) {
    const { registered } = await evidence.polarWebhook(mode);
    if (registered) return [];
    const url = `${evidence.config.url}/webhooks/polar`;
    return [
      {
        target: url,
        detail: `The organization has no webhook endpoint ${url}: what is bought is learned by comparing only, up to 15 minutes late.`,
        mend: 'npx floe doctor --fix',
      },
    ];
  },
  fix: repairPolarWebhook,
};
