import { firstIdAt, type IdKind } from '../../src/base/ids.rules.ts';

/** A new id as one made at `ms` has it: the cron and the lists of the operator find rows by the time in their ids. */
export function idAt(kind: IdKind, ms: number): string {
  const random = crypto.randomUUID().replaceAll('-', '').slice(0, 16);
  return `${firstIdAt(kind, ms).slice(0, kind.length + '_'.length + 10)}${random}`;
}
