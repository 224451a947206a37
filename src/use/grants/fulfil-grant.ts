import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import type { ResultsOf, Statement } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isId, newId } from '../../base/ids.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import { sendTold } from '../../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../../tell/events/events.rows.ts';
import type { NewEvent } from '../../tell/events/events.rules.ts';
import { addFulfilment, type FulfilmentRow, selectLastUndone, setFulfilment } from './fulfilments.rows.ts';
import { requireOwnGrant, requireRow } from './get-grant.ts';
import type { GrantView } from './grants.answers.ts';
import { selectGrant, type ShownGrant } from './grants.rows.ts';
import { presentGrant, toIso } from './present-grant.ts';

const ROUTE = 'POST /v1/grants/:id/fulfilment';

type Said = Pick<FulfilmentRow, 'status' | 'by' | 'comment'>;

/**
 * Notes what somebody did for a grant that people fulfil, and tells `grant.fulfilled` when it becomes done. Saying the same
 * again changes nothing. Two at once are both noted, and told once.
 * @throws {Problem} `not_found`, `not_fulfilled_by_hand`, `grant_revoked`, `idempotency_…`
 */
export async function fulfilGrant(
  services: Services,
  app: AppRow,
  { id, said }: { id: string; said: Said },
  request: { key: string | undefined; rawBody: string; by: Doer },
): Promise<GrantView> {
  const { database, config } = services;
  if (isId('grt', id)) await refuseOwn(services, app, id);
  const of = { mode: app.mode, id };
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, id, request.rawBody),
    prefetch: { grant: selectGrant(database, app, id), undone: selectLastUndone(of) },
  };
  const answer = await withIdempotency(services, once, async ({ grant, undone }) => {
    const row = requireRow(grant);
    requireByHand(row, said);
    const now = services.now();
    const around = { gatewayUrl: config.url, appSlug: app.slug, ownerKeys: config.ownerKeys };
    const isSame = saysSame(row, said);
    const fulfilled = isSame ? row.fulfilled : JSON.stringify([said.by, said.comment, now]);
    const told =
      said.status === 'done' && !isSame ? [toEvent(app, row, { said, now, after: undone[0]?.id ?? '' })] : [];
    const commit = {
      writes: isSame ? [] : noteStatements(services, app, row, { said, now, by: request.by }),
      ...tellStatements(told, { origin: 'api', polarEventId: null, now }),
    };
    return {
      status: 200,
      body: presentGrant({ ...row, fulfilment: said.status, fulfilled }, around),
      commit,
      committed: ({ deliveries }: ResultsOf<typeof commit>) =>
        services.wake(sendTold(services, deliveries.flat())),
    };
  });
  return answer.body as GrantView;
}

/** What an app gave by itself opens what it names at once: nobody has work with it (docs/own-grants.md). */
async function refuseOwn(services: Services, app: AppRow, id: string): Promise<never> {
  await requireOwnGrant(services, app, id);
  throw new Problem('not_fulfilled_by_hand', {
    detail:
      'Your app gave this by itself, so nobody fulfils it. For work that is listed and told, give the custom benefit of a product with a discount of 100 % at Polar.',
  });
}

function noteStatements(
  { database }: Services,
  { id: appId, mode }: AppRow,
  { id: grantId, fulfilment: before }: ShownGrant,
  { said, now, by }: { said: Said; now: number; by: Doer },
): Statement[] {
  return [
    addFulfilment({ ...said, mode, grantId, id: newId('ful'), now }),
    setFulfilment({ mode, grantId }),
    audit(database, by, now, {
      action: 'grant.fulfilment',
      appId,
      target: grantId,
      before: { fulfilment: before },
      after: { fulfilment: said.status },
    }),
  ];
}

/** What was taken back is nobody's work: it can only be called off. */
function requireByHand(row: ShownGrant, { status }: Said): void {
  if (row.fulfilment === null)
    throw new Problem('not_fulfilled_by_hand', {
      detail: 'Only a custom benefit with the metadata fulfilment=manual is fulfilled by hand.',
    });
  if (row.isRevoked && status !== 'refused')
    throw new Problem('grant_revoked', {
      detail: `It was revoked, so nothing is to be done for it. A grant that is revoked can only be set to refused, not to ${status}.`,
    });
}

function saysSame({ fulfilment, fulfilled }: ShownGrant, { status, by, comment }: Said): boolean {
  if (fulfilment !== status || fulfilled === null) return false;
  const [lastBy, lastComment] = JSON.parse(fulfilled) as [string, string | null];
  return lastBy === by && lastComment === comment;
}

function toEvent(
  app: AppRow,
  row: ShownGrant,
  { said, now, after }: { said: Said; now: number; after: string },
): NewEvent {
  const type = 'grant.fulfilled';
  return {
    key: `${type}:${row.id}:${after}`,
    type,
    appId: app.id,
    appSlug: app.slug,
    mode: app.mode,
    paymentId: row.paymentId,
    customerId: row.customerId,
    occurredAt: now,
    polar: null,
    grant: {
      id: row.id,
      state: row.state ?? 'pending',
      benefit: { id: row.benefitId, type: row.benefitType ?? '' },
      action: null,
      error: null,
    },
    fulfilment: { status: said.status, by: said.by, comment: said.comment, at: toIso(now) },
  };
}
