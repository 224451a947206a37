import type { GrantState } from '../../base/grant-states.rules.ts';
import { type Fact, type Reason, reasonOf } from './reasons.rules.ts';

/** One snapshot of a grant, as the apply flow noted it (`grant_changes`). Times are milliseconds. */
export interface NotedChange {
  /** Of the snapshot, microseconds. */
  version: number;
  /** What Polar's event said; `read`: it was found by asking Polar. */
  what: 'created' | 'updated' | 'renewed' | 'revoked' | 'read';
  state: GrantState;
  grantedAt: number | null;
  revokedAt: number | null;
  /** When the gateway learned of it. */
  seenAt: number;
}

export interface HistoryEntry {
  what: 'created' | 'updated' | 'renewed' | 'revoked';
  at: number;
  /** How it stood from then on. */
  state: GrantState;
  /** Why it was taken away; null of anything else. */
  why: Reason | null;
  seenAt: number;
}

const RANK = { created: 0, updated: 1, renewed: 2, revoked: 3, read: 4 };

/**
 * What happened to a grant, oldest first. It follows from the snapshots alone, whatever order they were heard in, and from
 * what is known by now of what may have taken the grant away: the cause may be heard after its effect. `createdAt`: of the
 * grant, for when its beginning was not heard.
 */
export function historyOf(
  noted: readonly NotedChange[],
  facts: readonly Fact[],
  { createdAt }: { createdAt: number },
): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  let before: NotedChange | undefined;
  let createdLast = 0;
  for (const change of inOrder(noted)) {
    const { state, seenAt } = change;
    const changedAt = Math.floor(change.version / 1000);
    const add = (what: HistoryEntry['what'], at: number, why: Reason | null = null) =>
      entries.push({ what, at, state, why, seenAt });
    const begin = (at: number) => {
      createdLast = at;
      add('created', at);
    };
    const isBack = before === undefined || before.state === 'revoked';
    if (state === 'revoked') {
      const at = change.revokedAt ?? changedAt;
      const isKnown = before?.state === 'revoked' && before.revokedAt === change.revokedAt;
      if (!isKnown) add('revoked', at, reasonOf({ revokedAt: at, grantedAt: createdLast }, facts));
    } else if (isBack) {
      const isFirstWord = change.what === 'created' || change.what === 'read';
      const first = before === undefined ? createdAt : changedAt;
      begin(isFirstWord || change.what === 'renewed' ? (change.grantedAt ?? changedAt) : first);
      if (change.what === 'renewed' || change.what === 'updated') add(change.what, changedAt);
    } else if (change.what === 'renewed') add('renewed', changedAt);
    else if (change.what === 'updated' || isOther(change, before)) add('updated', changedAt);
    before = change;
  }
  return entries;
}

/** By version. A read of a version that an event has brought says nothing more. */
function inOrder(noted: readonly NotedChange[]): NotedChange[] {
  const heard = new Set(noted.filter(({ what }) => what !== 'read').map(({ version }) => version));
  return noted
    .filter(({ what, version }) => what !== 'read' || !heard.has(version))
    .toSorted((a, b) => a.version - b.version || RANK[a.what] - RANK[b.what]);
}

/** Whether it shows something else than the snapshot before, so that something happened in between. */
function isOther(change: NotedChange, before: NotedChange | undefined): boolean {
  return change.state !== before?.state || change.grantedAt !== before.grantedAt;
}
