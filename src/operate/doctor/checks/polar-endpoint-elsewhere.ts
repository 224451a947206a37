import type { Check } from '../check.ts';
import { hostOf } from '../words.rules.ts';

export const polarEndpointElsewhere: Check = {
  code: 'polar_endpoint_elsewhere',
  area: 'polars-webhook-endpoint',
  severity: 'warning',
  title: 'An endpoint with this gateway’s secret has another address',
  each: 'mode',
  async look(evidence, mode) {
    const url = `${evidence.config.url}/webhooks/polar`;
    const secrets = evidence.config.modes[mode]?.webhookSecrets ?? [];
    const others = (await evidence.polarEndpoints(mode)).filter(
      (each) => each.url !== url && secrets.includes(each.secret),
    );
    return others.map((each) => ({
      target: each.id,
      detail: `Polar’s endpoint ${each.id} signs with this gateway’s secret and sends to ${hostOf(each.url)}. The gateway is at ${url}, and answers nowhere else.`,
      mend: `Set the address of the endpoint ${each.id} at Polar to ${url}, or delete it.`,
    }));
  },
};
