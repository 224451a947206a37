import { and, eq, exists, gt, or, sql } from 'drizzle-orm';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { auditAfter, auditRead } from '../../base/audit.rows.ts';
import { newId } from '../../base/ids.rules.ts';
import { type Database, runBatch, type Statement } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { AUDITED_SETTINGS, fromEndpoint } from './endpoint-audit.rows.ts';
import { type EndpointRow, ownEndpoint, selectEndpoint } from './endpoints.rows.ts';
import { deliveries, endpoints } from '../../base/db/schema.rows.ts';

/** How many replaced secrets sign beside the present one, so that the signature header stays short. */
export const MAX_PREVIOUS_SECRETS = 4;

export interface EndpointChange {
  url?: string | undefined;
  sealedUrl?: string | null | undefined;
  events?: string[] | undefined;
  matches?: EndpointRow['matches'] | undefined;
  description?: string | undefined;
  ordering?: EndpointRow['ordering'] | undefined;
  rateLimit?: number | null | undefined;
  enabled?: boolean | undefined;
}

interface Which {
  appId: string;
  id: string;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * Changes an endpoint in one batch. `row`: as it is then, undefined when the app has no such endpoint. `isBack`: it was
 * disabled and is enabled now, so that its backlog is due.
 */
export async function changeEndpoint(
  database: Database,
  { by, ...which }: Which & { by: Doer },
  { enabled, ...fields }: EndpointChange,
): Promise<{ row: EndpointRow | undefined; isBack: boolean }> {
  const { appId, id, now } = which;
  const own = fromEndpoint(appId, id);
  const auditId = newId('aud');
  const line = {
    id: auditId,
    action: 'endpoint.updated',
    appId,
    target: id,
    before: AUDITED_SETTINGS,
    // Before and after it show the same part of it.
    ...(fields.sealedUrl ? { detail: sql`json_object('url', 'replaced')` } : {}),
  } as const;
  const { switchedOn, found } = await runBatch(database, {
    before: auditRead(database, by, now, line, own),
    switchedOn: enabled === true ? [enable(database, which)] : [],
    switchedOff: enabled === false ? [disable(database, which)] : [],
    fields: setFields(database, which, fields),
    after: auditAfter(database, auditId, sql`select ${AUDITED_SETTINGS} ${own}`),
    found: selectEndpoint(database, which.appId, which.id),
  });
  return { row: found[0], isBack: switchedOn.some(({ enabled: changed }) => changed.length > 0) };
}

function setFields(
  database: Database,
  { appId, id, now }: Which,
  fields: Omit<EndpointChange, 'enabled'>,
): Statement[] {
  if (Object.values(fields).every((value) => value === undefined)) return [];
  // A new rate or URL counts at once: waits that follow from the old rate or receiver are dropped.
  const isAnother = fields.rateLimit !== undefined || fields.url !== undefined;
  const rate = isAnother ? { rateAt: 0, pace: null } : {};
  return [
    orm(database)
      .update(endpoints)
      .set({ ...fields, ...rate, updatedAt: now })
      .where(ownEndpoint(appId, id)),
  ];
}

/** It does nothing when the endpoint is disabled already, so that the first reason stays (ADR 27). */
function disable(database: Database, { appId, id, now }: Which): Statement {
  return orm(database)
    .update(endpoints)
    .set({ enabled: false, disabledReason: 'paused', disabledAt: now, updatedAt: now })
    .where(and(ownEndpoint(appId, id), eq(endpoints.enabled, true)));
}

const NEW_RUN = { scheduleStep: 0, runStartedAt: null, revivals: 0 };

/** Resets the endpoint's failures and makes what it missed due, in order. `enabled` has the endpoint if it was disabled. */
function enable(database: Database, { appId, id, now }: Which) {
  const isDisabled = and(ownEndpoint(appId, id), eq(endpoints.enabled, false));
  // Deliveries that were only collected are due already. Only those that wait for a retry are written, however long the
  // backlog is.
  const revive = orm(database)
    .update(deliveries)
    .set({ ...NEW_RUN, nextAttemptAt: now })
    .where(
      and(
        eq(deliveries.endpointId, id),
        sql`${deliveries.status} = 'pending'`,
        or(gt(deliveries.nextAttemptAt, now), gt(deliveries.scheduleStep, 0)),
        exists(orm(database).select({ id: endpoints.id }).from(endpoints).where(isDisabled)),
      ),
    );
  // Deliveries that were given up since the endpoint began to fail were missed as well. Those given up before it began
  // to fail are left (ADR 27).
  const recover = orm(database)
    .update(deliveries)
    .set({ ...NEW_RUN, status: 'pending', nextAttemptAt: now, finishedAt: null })
    .where(
      and(
        eq(deliveries.endpointId, id),
        sql`${deliveries.status} = 'failed'`,
        sql`${deliveries.finishedAt} >= (select failing_since from ${endpoints} where ${isDisabled})`,
      ),
    );
  const enabling = orm(database)
    .update(endpoints)
    .set({
      enabled: true,
      disabledReason: null,
      disabledAt: null,
      failures: 0,
      failingSince: null,
      isSlow: false,
      rateAt: 0,
      pace: null,
      warnedAt: null,
      notice: null,
      // Otherwise a chain that was cut off when the endpoint was disabled would keep a new one from starting until its
      // lease is over.
      drainToken: null,
      drainUntil: 0,
      // The last event that it missed; null when it has nothing to catch up with.
      catchUpTo: sql`(select max(sequence) from ${deliveries} where endpoint_id = ${id} and status = 'pending')`,
      updatedAt: now,
    })
    .where(isDisabled)
    .returning({ id: endpoints.id });
  return { revive, recover, enabled: enabling };
}

/**
 * Gives an endpoint a new secret (ADR 25). The replaced one, and those before it, go on signing until `until`
 * (milliseconds); null: only the new one signs from now on. It is one statement, so that after two rotations at once
 * both new secrets are valid.
 */
export function rotateSecretStatement(
  database: Database,
  { appId, id, now }: Which,
  { sealed, until }: { sealed: string; until: number | null },
): Statement {
  const previous =
    until === null
      ? sql`'[]'`
      : sql`(
    select json_group_array(json(entry)) from (
      select json_object('sealed', ${endpoints.sealedSecret}, 'until', ${until}) as entry
      union all select * from (select value from json_each(${endpoints.previousSecrets}) where value ->> 'until' > ${now} order by key)
      limit ${MAX_PREVIOUS_SECRETS}))`;
  return orm(database)
    .update(endpoints)
    .set({ previousSecrets: previous, sealedSecret: sealed, updatedAt: now })
    .where(ownEndpoint(appId, id));
}
