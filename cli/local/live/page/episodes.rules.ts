import type { Happening } from '../happenings.ts';

/*
 * What a purchase has been through, in a few words each: `checkout → order.paid → event told → access open`. Each word is one of its
 * happenings, which the page opens.
 */

interface Milestone {
  name: string;
  /** The happening's id. */
  id: string;
  ok: boolean;
  /** What its happening is called: `order.created` may be Polar's first word of a paid order. */
  what: string;
}

export interface Episode {
  kind: 'purchase' | 'renewal' | 'refund' | 'failure' | 'end';
  milestones: Milestone[];
  /**
   * From the moment that Polar took or returned the money to the last milestone, milliseconds; null before both are known. What was paid
   * for ends with the first open door.
   */
  ms: number | null;
}

/** The delivery that tells of an episode. */
const TELLS: Record<Episode['kind'], RegExp> = {
  purchase: /^payment\.succeeded$/,
  renewal: /^(?:payment\.succeeded|subscription\.renewed)$/,
  refund: /^refund\.succeeded$/,
  failure: /^(?:subscription\.past_due|payment\.(?:failed|retry_scheduled))$/,
  end: /^subscription\.(?:revoked|canceled)$/,
};

const OPEN = 'access open';
/** Episodes in which something is paid for. */
const SELLS: ReadonlySet<Episode['kind']> = new Set(['purchase', 'renewal']);

interface Open extends Episode {
  /** When money moved, milliseconds since 1970. */
  from: number | null;
  /** The order of a purchase or a renewal, once it is paid. */
  order: string | null;
  /** Whether Polar has said that the checkout succeeded, or that an order is paid. */
  isPaid: boolean;
}

/** `steps`: the happenings of one purchase, oldest first. */
export function readEpisodes(steps: readonly Happening[]): Episode[] {
  const episodes: Open[] = [];
  for (const step of steps) {
    const kind = kindBegunBy(step, episodes);
    if (kind !== undefined)
      episodes.push({ kind, milestones: [], ms: null, from: null, order: null, isPaid: false });
    const current = episodes.at(-1);
    if (current) go(current, step);
  }
  return episodes.map(({ kind, milestones, ms }) => ({ kind, milestones, ms }));
}

/** The kind of episode that a step begins, beside the one that goes on. */
function kindBegunBy(step: Happening, episodes: readonly Open[]): Episode['kind'] | undefined {
  const current = episodes.at(-1);
  if (step.kind === 'checkout') {
    const isAnother = current === undefined || current.from !== null;
    return step.ok && isAnother ? 'purchase' : undefined;
  }
  if (step.kind !== 'webhook') return undefined;
  if (isPaidOrder(step)) {
    // Polar speaks of an order again, once its fees are known.
    const isKnown = episodes.some(({ order }) => order === field(step.payload, 'id'));
    if (isRenewal(step)) return isKnown ? undefined : 'renewal';
    return current ? undefined : 'purchase';
  }
  if (step.what === 'refund.created') return 'refund';
  if (step.what === 'checkout.created') return current ? undefined : 'purchase';
  // A refund in between changes nothing about it.
  const lived = episodes.findLast(({ kind }) => kind !== 'refund')?.kind;
  const lives = STATUSES[subscriptionStatus(step)];
  return lives === lived || lived === 'end' ? undefined : lives;
}

function go(episode: Open, step: Happening): void {
  const at = Date.parse(step.at);
  // After a declined card the buyer confirms again: only the last try took money.
  if (isCheckout(step, 'confirmed') && !episode.isPaid) episode.from = at;
  if (isMoney(step)) episode.from = Math.min(episode.from ?? Infinity, at);
  episode.isPaid ||= isPaidOrder(step) || isCheckout(step, 'succeeded');
  if (isPaidOrder(step)) episode.order ??= field(step.payload, 'id');
  const name = milestoneOf(episode, step);
  const { milestones } = episode;
  const known = milestones.find((each) => each.name === name);
  // The words lead to the webhook of that name, once it is there.
  if (known && step.what === name) Object.assign(known, { id: step.id, what: step.what });
  if (name === undefined || known) return;
  const isSettled = SELLS.has(episode.kind) && milestones.some((each) => each.name === OPEN);
  // What is told and asked later, after a change of plan for example, is not what was waited for.
  if (isSettled && name.startsWith('access')) return;
  // Of answers about access the last that differs counts: it may have been asked too early.
  const other = milestones.findIndex((each) => each.name.startsWith('access'));
  if (name.startsWith('access') && other !== -1) milestones.splice(other, 1);
  milestones.push({ name, id: step.id, ok: step.ok, what: step.what });
  if (episode.from !== null && step.kind !== 'checkout' && !isSettled)
    episode.ms = Math.max(episode.ms ?? 0, at + (step.duration_ms ?? 0) - episode.from);
}

const isCheckout = ({ kind, what, payload }: Happening, status: 'confirmed' | 'succeeded'): boolean =>
  kind === 'webhook' && what === 'checkout.updated' && field(payload, 'status') === status;

/** Steps at which money has moved, or has failed to. */
function isMoney(step: Happening): boolean {
  const { kind, what } = step;
  if (kind !== 'webhook') return false;
  if (isCheckout(step, 'confirmed') || isCheckout(step, 'succeeded')) return true;
  return isPaidOrder(step) || what === 'refund.created' || subscriptionStatus(step) in STATUSES;
}

/** Polar's first word of a paid order is `order.created` where it was paid at once. */
function isPaidOrder({ kind, what, payload }: Happening): boolean {
  return kind === 'webhook' && what.startsWith('order.') && field(payload, 'status') === 'paid';
}

function milestoneOf({ kind, milestones }: Open, step: Happening): string | undefined {
  switch (step.kind) {
    case 'checkout':
      return 'checkout';
    case 'webhook':
      if (isPaidOrder(step)) return kind === 'purchase' || kind === 'renewal' ? 'order.paid' : undefined;
      if (step.what === 'checkout.created') return milestones.length === 0 ? 'checkout' : undefined;
      if (step.what === 'refund.created') return kind === 'refund' ? step.what : undefined;
      return STATUSES[subscriptionStatus(step)] === kind ? NAMES[kind] : undefined;
    case 'delivery':
      return step.ok && TELLS[kind].test(step.what) ? 'event told' : undefined;
    case 'access':
      // Before anything is paid, a closed door is no news.
      if (!milestones.some(({ name }) => name !== 'checkout')) return undefined;
      return step.ok ? OPEN : 'access closed';
    case 'ready':
    case 'request':
    case 'event':
      return undefined;
  }
}

/** What a subscription's status means for it. `subscription.updated`, or an order, often says it before the webhook of that name. */
const STATUSES: Readonly<Record<string, 'failure' | 'end'>> = { past_due: 'failure', canceled: 'end' };
const NAMES: Readonly<Partial<Record<Episode['kind'], string>>> = {
  failure: 'subscription.past_due',
  end: 'subscription.revoked',
};

/** As a webhook shows it: of its own object, or of the one in its order. */
function subscriptionStatus({ what, payload }: Happening): string {
  if (what.startsWith('subscription.')) return field(payload, 'status');
  const { data } = Object(payload) as { data?: unknown };
  return field({ data: Reflect.get(Object(data), 'subscription') }, 'status');
}

const isRenewal = ({ payload }: Happening): boolean =>
  field(payload, 'billing_reason').startsWith('subscription_cycle');

/** A field of the object that a webhook is about. */
function field(payload: unknown, name: string): string {
  const data: unknown = Reflect.get(Object(payload), 'data');
  const value: unknown = Reflect.get(Object(data), name);
  return typeof value === 'string' ? value : '';
}
