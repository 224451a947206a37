import { MAX_COUNTED, selectUnhealthy } from '../../../tell/endpoints/endpoint-metrics.rows.ts';
import type { Check } from '../check.ts';
import { hostOf, several, time } from '../words.rules.ts';

/** A receiver that is being deployed fails for a moment. */
const GRACE_MS = 10 * 60_000;
const MAX_SHOWN = 20;

export const endpointFailing: Check = {
  code: 'endpoint_failing',
  area: 'forwarding',
  severity: 'error',
  title: 'An app’s endpoint does not take its events',
  each: 'gateway',
  async look({ database, now }) {
    const endpoints = await selectUnhealthy(database, 'failing', { limit: MAX_SHOWN, after: undefined });
    return endpoints
      .filter(({ since }) => now - since > GRACE_MS)
      .map(({ id, app, url, since, count }) => ({
        app,
        target: id,
        detail: `The endpoint ${id} (${hostOf(url)}) has failed since ${time(since)}; ${several(count, 'delivery', MAX_COUNTED, 'deliveries')} wait.`,
        mend: `npx floe endpoints show ${id} --app ${app}`,
      }));
  },
};
