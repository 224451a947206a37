import { MAX_COUNTED, selectUnhealthy } from '../../../tell/endpoints/endpoint-metrics.rows.ts';
import type { Check } from '../check.ts';
import { hostOf, several, time } from '../words.rules.ts';

const MAX_SHOWN = 20;

export const endpointDisabled: Check = {
  code: 'endpoint_disabled',
  area: 'forwarding',
  severity: 'error',
  title: 'An app’s endpoint was disabled',
  each: 'gateway',
  async look({ database }) {
    const endpoints = await selectUnhealthy(database, 'disabled', { limit: MAX_SHOWN, after: undefined });
    return endpoints
      .filter(({ disabledReason }) => disabledReason !== 'paused')
      .map(({ id, app, url, since, count, disabledReason }) => ({
        app,
        target: id,
        detail: `The endpoint ${id} (${hostOf(url)}) was disabled at ${time(since)}, since it ${disabledReason === 'gone' ? 'answered 410 Gone' : 'had failed for days'}; ${several(count, 'delivery', MAX_COUNTED, 'deliveries')} wait.`,
        mend: `npx floe endpoints update ${id} --resume --app ${app}`,
      }));
  },
};
