import type { Check } from '../check.ts';
import { repairPolarWebhook } from '../repair-polar-webhook.ts';

export const polarEndpointDisabled: Check = {
  code: 'polar_endpoint_disabled',
  area: 'polars-webhook-endpoint',
  severity: 'error',
  title: 'Polar’s webhook endpoint is disabled',
  each: 'mode',
  async look(evidence, mode) {
    const { registered, enabled } = await evidence.polarWebhook(mode);
    if (!registered || enabled) return [];
    return [
      {
        target: `${evidence.config.url}/webhooks/polar`,
        detail:
          'Polar sends nothing: it disables an endpoint after ten events in a row that did not arrive, and keeps none for it meanwhile.',
        mend: 'npx floe doctor --fix',
      },
    ];
  },
  fix: repairPolarWebhook,
};
