import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Services } from '../../base/services.ts';
import { normalizeAddress } from '../../people/sign-in.rules.ts';
import { findOwnGift } from './cancel-gift.ts';
import type { GiftView } from './gifts.answers.ts';
import { type GiftFilter, selectGifts } from './gifts.rows.ts';
import { presentGift } from './present-gift.ts';

export interface GiftQuery extends Omit<GiftFilter, 'cursor'> {
  cursor?: string | undefined;
}

/** A page of an app's gifts, newest first. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listGifts(
  services: Services,
  app: AppRow,
  { cursor, limit, toEmail, ...filter }: GiftQuery,
): Promise<{ data: GiftView[]; next_cursor: string | null }> {
  const rows = await selectGifts(services.database, app.id, {
    ...filter,
    toEmail: toEmail === undefined ? undefined : normalizeAddress(toEmail),
    cursor: cursor === undefined ? undefined : decodeCursor(cursor),
    // One more than asked for, to know whether there is a next page.
    limit: limit + 1,
  });
  const now = services.now();
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((row) => presentGift(row, now)),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** One gift. @throws {Problem} `not_found`, for another app's too. */
export async function getGift(services: Services, app: AppRow, id: string): Promise<GiftView> {
  return presentGift(await findOwnGift(services, app, id), services.now());
}
