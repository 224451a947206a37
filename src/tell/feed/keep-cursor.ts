import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import type { CursorView } from './cursors.answers.ts';
import {
  type CursorRow,
  MAX_CURSORS,
  type Move,
  moveCursor,
  removeCursor,
  selectCursor,
  selectCursors,
  selectWhyNot,
} from './cursors.rows.ts';

/** An app's cursors, in order of their names. @throws {Problem} `validation_failed` for an unknown `cursor` of the list. */
export async function listCursors(
  { database }: Services,
  app: AppRow,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const after = cursor === undefined ? '' : decodeCursor(cursor).id;
  const rows = await selectCursors(database, { appId: app.id, after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map(presentCursor),
    next_cursor: last ? encodeCursor({ at: 0, id: last.name }) : null,
  };
}

/** @throws {Problem} `not_found`, also for another app's. */
export async function getCursor({ database }: Services, app: AppRow, name: string): Promise<CursorView> {
  const row = await selectCursor(database, app.id, name);
  if (!row) throw unknownCursor(name);
  return presentCursor(row);
}

/**
 * Keeps how far a consumer has come: the cursor moves forward from `expected`, or is made (ADR 88).
 * @throws {Problem} `cursor_moved` when it is elsewhere; `validation_failed` for a number that the app has not reached;
 * `conflict` when the app has too many.
 */
export async function keepCursor(
  services: Services,
  app: AppRow,
  { name, sequence, expected }: Pick<Move, 'name' | 'sequence' | 'expected'>,
): Promise<CursorView> {
  const { database } = services;
  const move = { appId: app.id, name, sequence, expected, now: services.now() };
  const moved = await moveCursor(database, move);
  if (moved) return presentCursor(moved);
  const { last, count, sequence: current } = await selectWhyNot(database, app.id, name);
  if (sequence > last) throw notReached(sequence, last);
  if (current === null && (expected ?? null) === null && count >= MAX_CURSORS)
    throw new Problem('conflict', {
      detail: `An app has at most ${MAX_CURSORS} cursors. Delete one that nobody uses.`,
    });
  throw new Problem('cursor_moved', { detail: describePlace(name, current), cursorSequence: current });
}

/** @throws {Problem} `not_found`, also for another app's. */
export async function deleteCursor({ database }: Services, app: AppRow, name: string): Promise<void> {
  if (!(await removeCursor(database, app.id, name))) throw unknownCursor(name);
}

function presentCursor({ name, sequence, createdAt, updatedAt }: CursorRow): CursorView {
  return {
    name,
    sequence,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
  };
}

function describePlace(name: string, current: number | null): string {
  return current === null
    ? `There is no cursor ${name}: somebody has deleted it.`
    : `The cursor ${name} is at ${current}, and only moves forward. Read on from there. To go back, delete it first.`;
}

function unknownCursor(name: string): Problem {
  return new Problem('not_found', { detail: `There is no cursor ${name}.` });
}

function notReached(sequence: number, last: number): Problem {
  const message = `There is no event ${sequence} yet: the app’s last one is ${last}.`;
  return new Problem('validation_failed', {
    detail: `body.sequence: ${message}`,
    errors: [{ path: 'body.sequence', message }],
  });
}
