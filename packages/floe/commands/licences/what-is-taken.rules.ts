import { count } from '../../words/names.rules.ts';
import { second } from '../../words/times.rules.ts';
import type { Licence } from './describe-licence.ts';

type Change = Partial<Pick<Licence, 'status' | 'limit_activations' | 'limit_usage' | 'usage' | 'expires_at'>>;

/** What a change takes from whoever has the key, a sentence each; empty when it takes nothing. */
export function whatIsTaken(before: Licence, change: Change): string[] {
  const after = { ...before, ...change };
  const machines = before.activations.length;
  const taken: (string | false)[] = [
    after.status !== 'granted' &&
      before.status === 'granted' &&
      `It is ${after.status}: every program with it is told no when it asks next.`,
    after.limit_activations !== before.limit_activations &&
      after.limit_activations === null &&
      `It is not activated any more: programs that ask for one of its activations (${machines}) are told no.`,
    after.limit_activations !== before.limit_activations &&
      before.limit_activations === null &&
      'It has to be activated: programs that ask without an activation are told no.',
    isLess(after.limit_activations, before.limit_activations) &&
      before.limit_activations !== null &&
      `It is for ${count(after.limit_activations ?? 0, 'machine')} at once instead of ${before.limit_activations}, and activated for ${machines}.`,
    left(after) < left(before) &&
      `${left(after)} of it may still be used, instead of ${Number.isFinite(left(before)) ? left(before) : 'as much as one likes'}.`,
    isEarlier(after.expires_at, before.expires_at) &&
      `It ends ${shown(after.expires_at)}, instead of ${shown(before.expires_at)}.`,
  ];
  return taken.filter((each) => each !== false);
}

/** A day is typed without a time. */
const shown = (iso: string | null) => (iso === null ? 'never' : second(new Date(iso).toISOString()));
/** Null has no limit. */
const isLess = (one: number | null, other: number | null) => (one ?? Infinity) < (other ?? Infinity);
const left = ({ usage, limit_usage }: Licence) =>
  limit_usage === null ? Infinity : Math.max(0, limit_usage - usage);
const isEarlier = (one: string | null, other: string | null) =>
  isLess(one === null ? null : Date.parse(one), other === null ? null : Date.parse(other));
