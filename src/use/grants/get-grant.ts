import { type OwnGrantRow, presentOwnGrant } from '../../access/own-grants/own-grant.rules.ts';
import { ownGrantById } from '../../access/own-grants/own-grants.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isId } from '../../base/ids.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { selectFulfilments } from './fulfilments.rows.ts';
import type { GrantDetailView, OwnGrantDetailView } from './grants.answers.ts';
import { selectGrant, type ShownGrant } from './grants.rows.ts';
import { selectCauses, selectChanges } from './history.rows.ts';
import { historyOf } from './history.rules.ts';
import { presentGrant, toIso } from './present-grant.ts';
import { factsFrom, type KnownCauses } from './reasons.rules.ts';

/**
 * One grant with its history, and why it was taken away as far as that is known by now. One D1 round trip.
 * @throws {Problem} `not_found`, for another app's too.
 */
export async function getGrant(
  services: Services,
  app: AppRow,
  id: string,
): Promise<GrantDetailView | OwnGrantDetailView> {
  const { database, config } = services;
  if (isId('grt', id)) return getOwnGrant(services, app, id);
  const of = { mode: app.mode, id };
  const read = await runBatch(database, {
    grant: selectGrant(database, app, id),
    changes: selectChanges(of),
    causes: selectCauses(of),
    fulfilments: selectFulfilments(of),
  });
  // The other reads do not ask whose the grant is.
  const row = requireRow(read.grant);
  const [cause] = read.causes;
  const facts = cause ? factsFrom(JSON.parse(cause.found) as KnownCauses) : [];
  return {
    ...presentGrant(row, { gatewayUrl: config.url, appSlug: app.slug, ownerKeys: config.ownerKeys }),
    history: historyOf(read.changes, facts, row).map(({ what, at, state, why, seenAt }) => ({
      what,
      at: toIso(at),
      state,
      why,
      seen_at: toIso(seenAt),
    })),
    fulfilments: read.fulfilments.map(({ status, by, comment, createdAt }) => ({
      status,
      by,
      comment,
      at: toIso(createdAt),
    })),
  };
}

async function getOwnGrant(services: Services, app: AppRow, id: string): Promise<OwnGrantDetailView> {
  const row = await requireOwnGrant(services, app, id);
  const view = presentOwnGrant(row, services.now());
  const why: OwnGrantDetailView['history'][number]['why'] =
    row.revokedAt === null ? 'expired' : (row.revokedBecause ?? 'revoked');
  const endedAt = view.state === 'granted' ? null : (view.revoked_at ?? view.expires_at);
  return {
    ...view,
    history: [
      { what: 'created', at: view.created_at, why: null },
      ...(endedAt === null ? [] : [{ what: 'revoked' as const, at: endedAt, why }]),
    ],
  };
}

/** A grant that the app gave by itself. @throws {Problem} `not_found`, for another app's too */
export async function requireOwnGrant({ database }: Services, app: AppRow, id: string): Promise<OwnGrantRow> {
  const { rows } = await runBatch(database, { rows: ownGrantById(app.id, id) });
  const [row] = rows;
  if (!row) throw noSuchGrant();
  return row;
}

function noSuchGrant(): Problem {
  return new Problem('not_found', { detail: 'This app has no such grant.' });
}

/** The one row of a grant that was asked for. @throws {Problem} `not_found` */
export function requireRow(rows: readonly ShownGrant[]): ShownGrant {
  const [row] = rows;
  if (!row) throw noSuchGrant();
  return row;
}

/** The row of one of the app's grants from Polar. @throws {Problem} `not_found` */
export async function requireGrant({ database }: Services, app: AppRow, id: string): Promise<ShownGrant> {
  return requireRow(await selectGrant(database, app, id));
}
