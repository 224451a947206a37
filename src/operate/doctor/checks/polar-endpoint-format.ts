import type { Check } from '../check.ts';
import { repairPolarWebhook } from '../repair-polar-webhook.ts';
import { quote } from '../words.rules.ts';

export const polarEndpointFormat: Check = {
  code: 'polar_endpoint_format',
  area: 'polars-webhook-endpoint',
  severity: 'error',
  title: 'Polar’s webhook endpoint has the format of a chat',
  each: 'mode',
  async look(evidence, mode) {
    const { format } = await evidence.polarWebhook(mode);
    if (format === null || format === 'raw') return [];
    return [
      {
        target: `${evidence.config.url}/webhooks/polar`,
        detail: `Its format is ${quote(format)}. The gateway understands Raw only.`,
        mend: 'npx floe doctor --fix',
      },
    ];
  },
  fix: repairPolarWebhook,
};
