import { POLAR_EVENT_TYPES } from '../../../polar/kinds.rules.ts';
import type { Check } from '../check.ts';
import { hostOf } from '../words.rules.ts';

/** They see every purchase of the organization, those of all apps. */
export const polarEndpointOthers: Check = {
  code: 'polar_endpoint_others',
  area: 'polars-webhook-endpoint',
  severity: 'warning',
  title: 'Others receive the organization’s events too',
  each: 'mode',
  async look(evidence, mode) {
    const url = `${evidence.config.url}/webhooks/polar`;
    const secrets = evidence.config.modes[mode]?.webhookSecrets ?? [];
    const types = new Set<string>(POLAR_EVENT_TYPES);
    const others = (await evidence.polarEndpoints(mode)).filter(
      (each) =>
        each.enabled &&
        each.url !== url &&
        !secrets.includes(each.secret) &&
        each.events.some((type) => types.has(type)),
    );
    return others.map((each) => ({
      target: each.id,
      detail: `Polar’s endpoint ${each.id} at ${hostOf(each.url)} receives ${each.events.filter((type) => types.has(type)).length} of the types that the gateway receives: customers and purchases of all apps.`,
      mend: `Delete the endpoint ${each.id} at Polar, unless it is yours: then run npx floe doctor --ignore polar_endpoint_others`,
    }));
  },
};
