import type { EventOrigin } from '../tell/events/events.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import type { PolarRead } from '../base/polar-gateway.ts';
import { observeRead } from '../polar/observe.rules.ts';
import type { Services } from '../base/services.ts';
import { STATEMENTS } from '../base/db/statement-budget.ts';
import {
  type ApplyInput,
  applyObservation,
  isContentError,
  type RereadRequest,
} from './apply-observation.ts';

export interface Read {
  kind: PolarKind;
  read: PolarRead;
  /** The type of the Polar event that was missed, for a change that a read alone would tell no app of. */
  missed?: string | undefined;
  /** These as of `ApplyInput`. */
  note?: ApplyInput['note'];
  adoptedBy?: ApplyInput['adoptedBy'];
}

/**
 * Applies what Polar's API answered, in the order given, through the same flow as its webhooks: the same events, once.
 * `onReread`: see `ApplyInput`.
 * @throws when D1 does; and, once all others are applied, when an object is not what Polar documents.
 */
export async function applyReads(
  services: Services,
  mode: Mode,
  reads: readonly Read[],
  origin: EventOrigin,
  onReread?: (request: RereadRequest) => void,
): Promise<void> {
  const failures: unknown[] = [];
  for (const { kind, read, missed, note, adoptedBy } of reads) {
    try {
      const observation = observeRead(kind, read.data, read.requestedAt, services.config.ownerKeys);
      await applyObservation(services, {
        mode,
        observation: missed === undefined ? observation : { ...observation, type: missed },
        origin,
        onReread,
        note,
        adoptedBy,
      });
    } catch (error) {
      if (!isContentError(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * The same, while the invocation has room (ADR 58). `left`: the reads that it had no room for. `odd`: objects that are
 * not what Polar documents; the others are applied all the same.
 */
export async function applyWhatFits(
  services: Services,
  mode: Mode,
  reads: readonly Read[],
  origin: EventOrigin,
  onReread?: (request: RereadRequest) => void,
): Promise<{ left: readonly Read[]; odd: { read: Read; error: unknown }[] }> {
  const odd: { read: Read; error: unknown }[] = [];
  for (const [index, read] of reads.entries()) {
    try {
      const fits = await services.budget.spend(STATEMENTS.apply, () =>
        applyReads(services, mode, [read], origin, onReread),
      );
      if (!fits) return { left: reads.slice(index), odd };
    } catch (error) {
      if (!isContentError(error)) throw error;
      odd.push({ read, error });
    }
  }
  return { left: [], odd };
}
