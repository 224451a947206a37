import type { Check } from '../check.ts';
import { settingOf } from '../words.rules.ts';

/** Only a person can put it right: the gateway cannot set its own secrets. */
export const polarEndpointSecretUnknown: Check = {
  code: 'polar_endpoint_secret_unknown',
  area: 'polars-webhook-endpoint',
  severity: 'error',
  title: 'Polar signs with a secret that the gateway does not have',
  each: 'mode',
  async look(evidence, mode) {
    const { secret_known: isKnown } = await evidence.polarWebhook(mode);
    if (isKnown !== false) return [];
    const target = settingOf(mode, 'WEBHOOK_SECRETS');
    return [
      {
        target,
        detail: `The secret of the webhook endpoint at Polar is none of ${target}: every webhook is refused.`,
        mend: `npx floe rotate webhook --mode ${mode}`,
      },
    ];
  },
};
