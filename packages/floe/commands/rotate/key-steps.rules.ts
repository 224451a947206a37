import { isNew, otherSetting, type SecretView } from './settings.rules.ts';

/** What a rotation does next. It follows from what is there, so that whoever runs it again goes on where it stopped. */
export type Step =
  /** A new value is made and put into this setting. */
  | { kind: 'put'; setting: string }
  | { kind: 'remove'; setting: string }
  /** Until a time, milliseconds. */
  | { kind: 'wait'; until: number; why: string }
  /** What is stored is encrypted again. */
  | { kind: 'reseal' }
  | { kind: 'done'; why: string };

export interface Wishes {
  /** Also when the key is new. */
  again: boolean;
  /** Nothing is waited for: the older key goes at once. */
  emergency: boolean;
}

/**
 * The next step for the keys of one setting and its second one. `keys`: as the gateway has them; `set`: the settings that have a
 * value at Cloudflare.
 * @throws {RangeError} when the gateway has no such key
 */
export function nextKeyStep(
  keys: readonly SecretView[],
  { now, set, again, emergency }: { now: number; set: ReadonlySet<string> } & Wishes,
): Step {
  const current = keys.find(({ state }) => state === 'current');
  if (!current) throw new RangeError('The gateway has no such key.');
  const other = otherSetting(current.setting);
  const beside = keys.filter(({ setting }) => setting === other);
  const coming = beside.find(({ state }) => state === 'coming');
  if (coming)
    return emergency
      ? { kind: 'remove', setting: current.setting }
      : {
          kind: 'wait',
          until: Date.parse(coming.used_from ?? ''),
          why: 'The new key is known, and not used yet.',
        };
  if (beside.length > 0) {
    if (emergency || beside.every(({ state }) => state === 'removable'))
      return { kind: 'remove', setting: other };
    const needed = beside.filter(({ state }) => state === 'kept');
    if (needed.some(({ removable_at }) => removable_at === null)) return { kind: 'reseal' };
    const until = Math.max(...needed.map(({ removable_at }) => Date.parse(removable_at ?? '')));
    return { kind: 'wait', until, why: 'The new key is used. The old one is kept for what it has made.' };
  }
  // The gateway does not have it yet, or somebody sets it just now.
  if (set.has(other)) return { kind: 'wait', until: now, why: `${other} was set a moment ago.` };
  if (isNew(current, now) && !again)
    return { kind: 'done', why: `The key is new: it is used since ${current.used_from ?? current.since}.` };
  return { kind: 'put', setting: other };
}
