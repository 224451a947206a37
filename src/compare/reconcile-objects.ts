import { type Finding, noteFindings } from './findings.rows.ts';
import { noteDrift } from './note-drift.ts';
import { count, noteOdd } from './reconcile-drift.rules.ts';
import type { Run } from './reconcile-run.rows.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { comparable, compareWithStored } from '../record/compare.rules.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import { holdBack, isYoung, type Task, addRereads } from './reconcile-position.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { log } from '../base/log.ts';
import { KINDS } from '../polar/kinds.rules.ts';
import { observeRead } from '../polar/observe.rules.ts';
import type { Services } from '../base/services.ts';
import { selectStored } from '../record/compare.rows.ts';
import { describeOddity, isContentError } from '../record/apply-observation.ts';
import { applyWhatFits } from '../record/apply-reads.ts';

/** One of Polar's objects, as a list or a single read gave it. */
export interface Listed {
  id: string;
  data: unknown;
  /** Milliseconds; null when it does not say. */
  createdAt: number | null;
  /** When it was created or changed last, milliseconds; null when it does not say. */
  changedAt: number | null;
  /** The time by which its list is read, milliseconds. */
  at: number | null;
}

export interface Page {
  kind: PolarKind;
  items: readonly Listed[];
  /** Milliseconds since 1970, before it was asked for. */
  requestedAt: number;
}

/**
 * Compares objects with what is stored and applies what is missing or differs, as many as this invocation has room for.
 * One that fails does not stop the others. `isDone`: whether all were done; otherwise the same page is read again and
 * goes on where this ended. `failed`: statements that name what could not be applied, for the batch that saves the run.
 */
export async function reconcileObjects(
  services: Services,
  run: Pick<Run, 'id' | 'mode' | 'position' | 'report'>,
  task: Task,
  page: Page,
): Promise<{ isDone: boolean; failed: Statement[] }> {
  const { mode, position, report } = run;
  const failed: Statement[] = [];
  const noteFailed = (id: string, drift: Finding['drift'], why: string) => {
    const found = { kind, id, appId: null, drift, differs: [], outcome: 'failed', why, events: [] } as const;
    failed.push(...noteFindings({ runId: run.id, now: services.now() }, [found]));
  };
  const { kind, requestedAt } = page;
  const done = new Set(task.done);
  const open = page.items.filter((item) => !done.has(item.id));
  const stored = await selectStored(
    services.database,
    mode,
    kind,
    open.map((item) => item.id),
  );
  for (const item of open) {
    const finish = (counted: Parameters<typeof count>[2]) => {
      task.done.push(item.id);
      count(report, kind, { seen: 1, ...counted });
    };
    if (item.changedAt !== null && isYoung(position, item.changedAt, requestedAt)) {
      holdBack(task, item.at);
      finish({ young: 1 });
      continue;
    }
    let drift: 'missing' | 'stale' = stored.has(item.id) ? 'stale' : 'missing';
    try {
      const observation = observeRead(kind, item.data, requestedAt, services.config.ownerKeys);
      const compared = compareWithStored(kind, comparable(observation), stored.get(item.id));
      if (compared === 'same') {
        finish({});
        continue;
      }
      const read = { data: item.data, requestedAt };
      if (compared === 'unfilled') {
        // The content is what was told of it, so applying it tells nothing.
        const { left } = await applyWhatFits(services, mode, [{ kind, read }], 'reconcile', () => undefined);
        if (left.length > 0) return { isDone: false, failed };
        finish({});
        continue;
      }
      drift = compared;
      const isNew = drift === 'missing' || stored.get(item.id)?.isOrphan === true;
      const note = await noteDrift(services, run, { kind, observation, drift, outcome: 'applied' });
      const missed = KINDS[kind].missed?.({ status: comparable(observation).status, isNew });
      const { left, odd } = await applyWhatFits(
        services,
        mode,
        [{ kind, read, missed, note }],
        'reconcile',
        (reread) => {
          // The order of a refund is compared below, and counted.
          const isCompared =
            kind === 'refund' && reread.kind === 'order' && reread.id === observation.links.orderId;
          if (!isCompared) addRereads(position, [{ reread: reread.kind, id: reread.id }]);
        },
      );
      if (left.length > 0) return { isDone: false, failed };
      if (odd[0]) throw odd[0].error;
      const isRepaired = await isAsRead(services, mode, kind, observation);
      if (!isRepaired) {
        log('error', 'an object of Polar’s differs still', { mode, kind, id: item.id });
        noteFailed(item.id, drift, 'It was applied, and differs still.');
      }
      finish({ [drift]: 1, ...(isRepaired ? { repaired: 1 } : { failed: 1 }) });
      // Its amounts moved with the refund, maybe long after it was created.
      const { orderId } = observation.links;
      if (kind === 'refund' && orderId !== null) addRereads(position, [{ kind: 'order', id: orderId }]);
    } catch (error) {
      log('error', 'an object of Polar’s could not be reconciled', { mode, kind, id: item.id, error });
      // An object that is not what Polar documents would fail again. Any other failure may pass, so the next run
      // compares the object again.
      const isOdd = isContentError(error);
      if (isOdd) noteOdd(report, { kind, id: item.id, why: describeOddity(error) });
      else holdBack(task, item.at);
      noteFailed(item.id, drift, isOdd ? `Not as Polar documents it. ${describeOddity(error)}` : SEE_LOG);
      finish({ [drift]: 1, failed: 1 });
    }
  }
  return { isDone: true, failed };
}

/** Its cause may have values of the object in it. */
const SEE_LOG = 'It could not be applied. The gateway’s log has the cause; the next run tries again.';

/** Compares again after applying: only an object that is stored as Polar shows it counts as repaired (ADR 53). */
async function isAsRead(
  { database }: Services,
  mode: Mode,
  kind: PolarKind,
  observation: Observation,
): Promise<boolean> {
  const { id } = observation.main.row;
  const stored = (await selectStored(database, mode, kind, [id])).get(id);
  return compareWithStored(kind, comparable(observation), stored) === 'same';
}
