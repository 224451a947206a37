import { shownBy, type Task, addRereads } from './reconcile-position.rules.ts';
import { count } from './reconcile-drift.rules.ts';
import { noteDrift } from './note-drift.ts';
import type { ListPlan } from '../polar/lists.rules.ts';
import { observePolarEvent } from '../polar/observe.rules.ts';
import type { Services } from '../base/services.ts';
import {
  type DeletableKind,
  isDeletable,
  noteCreation,
  selectKept,
  selectUnlisted,
} from '../record/deleted.rows.ts';
import type { Run } from './reconcile-run.rows.ts';
import { applyObservation } from '../record/apply-observation.ts';

/** An object of a page, and when it was created, milliseconds. */
interface Created {
  id: string;
  createdAt: number | null;
}

/** How many are noted at a time. When more are missing from a list, the rest follows once these are read. */
const MAX_UNLISTED = 100;

/**
 * Notes objects that are stored and should be on this page of a whole list, but are not, so that each is read by itself
 * (ADR 53). Resolves to whether that was all; otherwise the same page is read again and goes on where this ended.
 */
export async function rereadUnlisted(
  services: Services,
  { mode, position }: Run,
  task: Task,
  page: { kind: ListPlan['kind']; items: readonly Created[]; isLast: boolean },
): Promise<boolean> {
  const { kind, items, isLast } = page;
  if (!isDeletable(kind)) return true;
  const created = items.flatMap(({ id, createdAt }) => (createdAt === null ? [] : [{ id, createdAt }]));
  if (kind === 'customer') await noteCreation(services.database, mode, created);
  const { from, to } = shownBy(
    task,
    created.map(({ createdAt }) => createdAt),
    isLast,
  );
  const rows = await selectUnlisted(services.database, mode, kind, {
    from,
    to,
    listed: [...items.map(({ id }) => id), ...task.done],
    limit: MAX_UNLISTED,
  });
  addRereads(
    position,
    rows.map(({ id }) => ({ kind, id })),
  );
  const last = rows.length < MAX_UNLISTED ? undefined : rows.at(-1);
  task.readTo = last ? last.createdAt : Math.max(from, to);
  // Objects of the same millisecond would be found once more.
  if (last) task.done.push(...rows.filter((row) => row.createdAt === last.createdAt).map(({ id }) => id));
  return last === undefined;
}

/**
 * Applies that Polar has deleted a customer or member. By then two answers of Polar's say so: its list left the object
 * out, and Polar does not find it by its id (ADR 53). Both may be wrong all the same, so the deletion has the stored
 * version and the present time as when it was seen: any later observation of the object is newer and brings it back.
 */
export async function applyDeleted(
  services: Services,
  run: Run,
  kind: DeletableKind,
  id: string,
): Promise<void> {
  const { database } = services;
  const { mode } = run;
  const kept = await selectKept(database, mode, kind, id);
  if (!kept) return;
  const at = new Date(services.now()).toISOString();
  const data = { ...kept, id, ...(kind === 'customer' ? { deleted_at: at } : {}) };
  const observation = observePolarEvent(`${kind}.deleted`, at, data, services.config.ownerKeys);
  const note = await noteDrift(services, run, { kind, observation, drift: 'stale', outcome: 'deleted' });
  await applyObservation(services, { mode, observation, origin: 'reconcile', note });
  // If a webhook brought something newer meanwhile, nothing was changed.
  const isRepaired = (await selectKept(database, mode, kind, id)) === undefined;
  count(run.report, kind, { seen: 1, stale: 1, ...(isRepaired ? { repaired: 1 } : { failed: 1 }) });
}
