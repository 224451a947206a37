import { shownBy, type Task, addRereads } from './reconcile-position.rules.ts';
import { count } from './reconcile-drift.rules.ts';
import type { ListPlan } from '../polar/lists.rules.ts';
import { observePolarEvent } from '../polar/observe.rules.ts';
import type { Services } from '../base/services.ts';
import { noteCreation, selectKept, selectUnlisted } from '../record/compare.rows.ts';
import type { Run } from './reconcile-run.rows.ts';
import { applyObservation } from '../record/apply-observation.ts';

/** Kinds of which Polar's lists leave out what was deleted. */
type Deletable = 'customer' | 'member';

export function isDeletable(kind: string): kind is Deletable {
  return kind === 'customer' || kind === 'member';
}

/** An object of a page, and when it was created, milliseconds. */
interface Created {
  id: string;
  createdAt: number | null;
}

/** So many are noted at a time: when a list has lost much, the rest follows once these are read. */
const MAX_UNLISTED = 100;

/**
 * Notes to read by itself what is stored and should stand on this page of a whole list, but does not. Whether that was all:
 * else the same page is to be read again, and goes on where this ended.
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
  task.readTo = last ? last.created_at : Math.max(from, to);
  // Those of the same millisecond would be found once more, if they were there after all.
  if (last) task.done.push(...rows.filter((row) => row.created_at === last.created_at).map(({ id }) => id));
  return last === undefined;
}

/**
 * Applies that Polar has deleted a customer or member. Two answers of Polar's say so by then: its list left it out where it
 * belongs, and asked for by its id it is not found. A single one would not do: what is missing is never taken away for it.
 * Both may be wrong all the same, so the deletion is seen now, of the version that is known: whatever shows the object
 * later on, be it as it was before, is newer, and brings it back.
 */
export async function applyDeleted(services: Services, run: Run, kind: Deletable, id: string): Promise<void> {
  const { database } = services;
  const { mode } = run;
  const kept = await selectKept(database, mode, kind, id);
  if (!kept) return;
  const at = new Date(services.now()).toISOString();
  const data = { ...kept, id, ...(kind === 'customer' ? { deleted_at: at } : {}) };
  const observation = observePolarEvent(`${kind}.deleted`, at, data);
  await applyObservation(services, { mode, observation, origin: 'reconcile' });
  // A webhook may have told something newer meanwhile: then nothing was changed.
  const isRepaired = (await selectKept(database, mode, kind, id)) === undefined;
  count(run.report, kind, { seen: 1, stale: 1, ...(isRepaired ? { repaired: 1 } : { failed: 1 }) });
}
