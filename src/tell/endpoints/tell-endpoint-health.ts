import { DISABLE_AFTER_MS } from './endpoint-health.rules.ts';
import type { NewEvent } from '../events/events.rules.ts';
import { log } from '../../base/log.ts';
import type { Services } from '../../base/services.ts';
import { GATEWAY } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { clearNotice, type EndpointNotice, selectNotices } from './endpoint-notices.rows.ts';
import { STATEMENTS } from '../../base/db/statement-budget.ts';
import { sendTold } from '../deliveries/first-attempts.ts';
import { tellStatements } from '../events/events.rows.ts';

/**
 * Tells what is to be told about endpoints: to the app's other endpoints, and to the operator in the audit log and the
 * logs (ADR 24). The notice stays in the endpoint's row until the event is stored, so after a crash in between the
 * sweep tells it a minute later.
 */
export async function tellEndpointHealth(services: Services): Promise<void> {
  for (const notice of await selectNotices(services.database)) {
    try {
      // When the budget has no room, the notice stays in its row.
      await services.budget.spend(STATEMENTS.tellNotice, () => tellOne(services, notice));
    } catch (error) {
      // A notice that cannot be told must not keep the others from being told.
      log('error', 'an endpoint’s health could not be told', { endpoint: notice.id, error });
    }
  }
}

async function tellOne(services: Services, notice: EndpointNotice): Promise<void> {
  const { database } = services;
  const now = services.now();
  const { deliveries } = await runBatch(database, {
    audit: audit(database, GATEWAY, now, {
      action: `endpoint.${notice.notice}`,
      appId: notice.appId,
      target: notice.id,
      ...(notice.notice === 'disabled' && {
        before: { enabled: true, disabled_reason: null },
        after: { enabled: false, disabled_reason: notice.disabledReason },
      }),
      detail: { failing_since: toIso(notice.failingSince) },
    }),
    notice: clearNotice(notice),
    ...tellStatements([toEvent(notice)], { origin: 'gateway', polarEventId: null, now }),
  });
  log('warn', `an endpoint is ${notice.notice}`, { endpoint: notice.id, app: notice.appSlug });
  services.wake(sendTold(services, deliveries.flat()));
}

function toEvent(notice: EndpointNotice): NewEvent {
  const { id, url, description, failingSince, disabledAt, disabledReason } = notice;
  const isDisabled = notice.notice === 'disabled';
  const at = isDisabled ? disabledAt : notice.warnedAt;
  const occasion = isDisabled ? disabledAt : failingSince;
  return {
    key: `endpoint.${notice.notice}:${id}:${occasion ?? 0}`,
    type: `endpoint.${notice.notice}`,
    appId: notice.appId,
    appSlug: notice.appSlug,
    mode: notice.mode,
    paymentId: null,
    customerId: null,
    occurredAt: at ?? 0,
    polar: null,
    endpoint: {
      id,
      url,
      description,
      failing_since: toIso(failingSince),
      ...(isDisabled
        ? { disabled_at: toIso(disabledAt), disabled_reason: disabledReason }
        : { will_be_disabled_at: toIso(failingSince === null ? null : failingSince + DISABLE_AFTER_MS) }),
    },
  };
}

function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
