import type { AuditAction, Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import { isUnmet, runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { isId, newId } from '../../base/ids.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { fingerprintOf, withIdempotency } from '../../http/idempotency.ts';
import type { CheckoutLinkView } from './checkout-links.answers.ts';
import {
  deleteLinkRow,
  insertLink,
  linksStatement,
  linkStatement,
  MAX_LINKS,
  requireRoomForLink,
  updateLink,
} from './checkout-links.rows.ts';
import { addressOfLink, type CheckoutLinkRow, presentLink } from './checkout-links.rules.ts';
import type { LinkSettings } from './link-settings.ts';
import { requireUsable } from './require-usable.ts';

const ROUTE = 'POST /v1/checkout-links';

/**
 * Makes a link that begins a payment each time that it is followed, so that what it sells is the app's and counted. Whatever would
 * be refused then is refused now.
 * @throws {Problem} as `requireUsable`; `conflict`, `idempotency_…`
 */
export function createLink(
  services: Services,
  app: AppRow,
  { label, settings }: { label: string | null; settings: LinkSettings },
  { key, rawBody, by }: { key: string | undefined; rawBody: string; by: Doer },
): Promise<{ status: number; body: unknown }> {
  const fingerprint = () => fingerprintOf(ROUTE, rawBody);
  const request = { appId: app.id, route: ROUTE, key, fingerprint, prefetch: [] };
  const making = withIdempotency(services, request, async () => {
    await requireUsable(services, app, settings);
    const now = services.now();
    const row: CheckoutLinkRow = {
      id: newId('lnk'),
      appId: app.id,
      label,
      settings: JSON.stringify(settings),
      opened: 0,
      lastOpenedAt: null,
      createdAt: now,
      updatedAt: now,
    };
    return {
      status: 201,
      body: present(services, app, row) satisfies CheckoutLinkView,
      commit: [
        requireRoomForLink(app.id),
        insertLink(row),
        auditOf(services, row, by, 'checkout_link.created'),
      ],
    };
  });
  return making.catch((error: unknown) => {
    if (!isUnmet(error)) throw error;
    throw new Problem('conflict', {
      detail: `The app has ${MAX_LINKS} links, as many as it may. Delete some.`,
    });
  });
}

/** Replaces what is named, the settings as a whole. @throws {Problem} `not_found`, and as `requireUsable` */
export async function changeLink(
  services: Services,
  app: AppRow,
  { id, label, settings, by }: { id: string; label?: string | null; settings?: LinkSettings; by: Doer },
): Promise<CheckoutLinkView> {
  const before = await findLink(services, app, id);
  if (settings) await requireUsable(services, app, settings);
  const after: CheckoutLinkRow = {
    ...before,
    label: label === undefined ? before.label : label,
    settings: settings ? JSON.stringify(settings) : before.settings,
    updatedAt: services.now(),
  };
  const { changed } = await runBatch(services.database, {
    changed: updateLink(after, {
      hasLabel: label !== undefined,
      label: after.label,
      settings: settings ? after.settings : null,
    }),
    audited: auditOf(services, after, by, 'checkout_link.changed'),
  });
  const [row] = changed;
  if (!row) throw unknownLink();
  return present(services, app, row);
}

/** Whoever follows it from now on finds nothing; payments that it began go on. @throws {Problem} `not_found` */
export async function deleteLink(
  services: Services,
  app: AppRow,
  { id, by }: { id: string; by: Doer },
): Promise<void> {
  const row = await findLink(services, app, id);
  await runBatch(services.database, [
    deleteLinkRow(app.id, id),
    auditOf(services, row, by, 'checkout_link.deleted'),
  ]);
}

/** @throws {Problem} `not_found`, for another app's too */
export async function getLink(services: Services, app: AppRow, id: string): Promise<CheckoutLinkView> {
  return present(services, app, await findLink(services, app, id));
}

/** A page of an app's links, newest first. @throws {Problem} `validation_failed` for an unknown cursor */
export async function listLinks(
  services: Services,
  app: AppRow,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ data: CheckoutLinkView[]; next_cursor: string | null }> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  // One more than asked for, to know whether there is a next page.
  const { rows } = await runBatch(services.database, { rows: linksStatement(app.id, limit + 1, after) });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((row) => present(services, app, row)),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** @throws {Problem} `not_found`, for another app's too */
export async function findLink(services: Services, app: AppRow, id: string): Promise<CheckoutLinkRow> {
  const asked = isId('lnk', id) ? [linkStatement(app.id, id)] : [];
  const [row] = (await runBatch(services.database, asked)).flat();
  if (!row) throw unknownLink();
  return row;
}

function unknownLink(): Problem {
  return new Problem('not_found', { detail: 'There is no such checkout link.' });
}

function present(services: Services, app: AppRow, row: CheckoutLinkRow): CheckoutLinkView {
  return presentLink(row, addressOfLink(services.config.url, app.slug, row.id));
}

/** Its settings may hold the app's own texts, so the log has only what is sold. */
function auditOf(services: Services, row: CheckoutLinkRow, by: Doer, action: AuditAction) {
  return audit(services.database, by, services.now(), {
    action,
    appId: row.appId,
    target: row.id,
    detail: { label: row.label },
  });
}
