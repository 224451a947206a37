import type { PolarKind } from '../base/polar-kinds.rules.ts';
import type { Services } from '../base/services.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import type { Applied } from '../record/apply-observation.ts';
import { namesOfDifferences } from './drift-fields.rules.ts';
import { type Finding, noteFindings, selectStoredRow } from './findings.rows.ts';
import type { Run } from './reconcile-run.rows.ts';

/** An object that differs, before it is applied. */
interface Drifted {
  kind: PolarKind;
  observation: Observation;
  drift: Finding['drift'];
  outcome: Exclude<Finding['outcome'], 'failed'>;
}

/**
 * Reads in what an object differs, before it is applied. Resolves to the statements that note it, for the batch that applies it:
 * so a crash neither loses what was found nor has it twice.
 */
export async function noteDrift(
  { database }: Services,
  { id: runId, mode }: Pick<Run, 'id' | 'mode'>,
  { kind, observation, drift, outcome }: Drifted,
): Promise<(applied: Applied) => ReturnType<typeof noteFindings>> {
  const { main } = observation;
  const { id } = main.row;
  const stored = drift === 'stale' ? await selectStoredRow(database, mode, kind, id) : undefined;
  const differs = stored ? namesOfDifferences(main, stored) : [];
  return ({ appId, events, now }) => {
    const isOwned = stored !== undefined && 'app_id' in stored && stored['app_id'] === null && appId !== null;
    return noteFindings({ runId, now }, [
      {
        kind,
        id,
        appId,
        drift,
        differs: isOwned ? [...differs, 'app'] : differs,
        outcome,
        why: null,
        events: events.map((event) => ({ appId: event.appId, key: event.key })),
      },
    ]);
  };
}
