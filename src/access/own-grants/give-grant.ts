import type { OwnGrantView } from './own-grants.answers.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { isUnmet, type ResultsOf } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { newId } from '../../base/ids.rules.ts';
import { refreshMessages } from '../../base/messages.ts';
import { describeErrors, type FieldError, Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { leaseFirstAttempts, sendTold } from '../../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../../tell/events/events.rows.ts';
import { foreignThings, readGiven } from './given.rules.ts';
import { concernedBy, type Holder, type OwnGrantRow, presentOwnGrant } from './own-grant.rules.ts';
import { eventOfGiving } from './own-grant-events.rules.ts';
import {
  auditGiving,
  beforeGiving,
  insertOwnGrant,
  MAX_KEPT,
  MAX_LIVE,
  requireRoom,
} from './own-grants.rows.ts';

const ROUTE = 'POST /v1/grants';

export interface NewGrant {
  holder: Holder;
  resources: readonly string[];
  /** Milliseconds since 1970; undefined: no end. */
  expiresAt: number | undefined;
  reason: string;
}

/**
 * Gives a customer what nobody paid for: a comp, a trial, a press copy. Row, audit line, event and deliveries are one batch, at
 * most once for an `Idempotency-Key`.
 * @throws {Problem} `validation_failed`; `not_found` for a customer whom this app does not know; `conflict` when the customer
 * has as many as one may have; see `withIdempotency`
 */
export function giveGrant(
  services: Services,
  app: AppRow,
  grant: NewGrant,
  request: { key: string | undefined; rawBody: string; by: Doer },
) {
  const now = services.now();
  const { given, errors } = readGiven(grant.resources, app.product);
  const expiresAt = grant.expiresAt === undefined ? null : Math.floor(grant.expiresAt / 1000) * 1000;
  if (expiresAt !== null && expiresAt <= now)
    errors.push({ path: 'body.expires_at', message: 'Must be in the future.' });
  refuse(errors);
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
    prefetch: beforeGiving(app, grant.holder, given, now),
  };
  const giving = withIdempotency(services, once, async (read) => {
    const [known] = read.known.flat();
    if (grant.holder.kind === 'customer' && known?.known !== 1)
      throw new Problem('not_found', {
        detail:
          'This app has no such customer. Give to somebody who has bought nothing by your own id: external:<your id>.',
      });
    const own = {
      products: read.products.flat().map(({ id }) => id),
      benefits: read.benefits.flat().map(({ id }) => id),
    };
    refuse(foreignThings(given, own));
    const [counts] = read.counts;
    if (counts && (counts.live >= MAX_LIVE || counts.kept >= MAX_KEPT)) throw tooMany();
    const row: OwnGrantRow = {
      id: newId('grt'),
      mode: app.mode,
      appId: app.id,
      customerId: grant.holder.kind === 'customer' ? grant.holder.customerId : null,
      externalId: grant.holder.kind === 'external' ? grant.holder.externalId : null,
      resources: JSON.stringify(given.names),
      reason: grant.reason,
      createdAt: now,
      expiresAt,
      revokedAt: null,
      revokedBecause: null,
      tellEndAt: expiresAt,
    };
    const first = leaseFirstAttempts(services);
    const commit = {
      room: requireRoom(row),
      grant: insertOwnGrant(row),
      audit: auditGiving(services.database, row, request.by),
      ...tellStatements([eventOfGiving(row, app.slug)], { origin: 'api', polarEventId: null, now, first }),
    };
    return {
      status: 201,
      body: presentOwnGrant(row, now) satisfies OwnGrantView,
      commit,
      committed: ({ deliveries }: ResultsOf<typeof commit>) => {
        services.wake([
          ...refreshMessages(concernedBy(app.id, grant.holder)),
          ...sendTold(services, deliveries.flat(), first),
        ]);
      },
    };
  });
  return giving.catch((error: unknown) => {
    throw isUnmet(error) ? tooMany() : error;
  });
}

function refuse(errors: FieldError[]): void {
  if (errors.length > 0) throw new Problem('validation_failed', { detail: describeErrors(errors), errors });
}

function tooMany(): Problem {
  return new Problem('conflict', {
    detail: `A customer may have ${MAX_LIVE} of your grants at a time, and ${MAX_KEPT} with those that ended in the last 400 days. Give several resources in one grant.`,
  });
}
