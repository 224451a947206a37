/**
 * Why a grant was taken away. `product_changed`: its purchase is of another product now, or the product has the benefit no
 * more; `license_key_revoked`: its key was revoked at Polar while the purchase goes on.
 */
export const REASONS = [
  'customer_deleted',
  'dispute',
  'refunded',
  'benefit_deleted',
  'canceled',
  'seat_revoked',
  'past_due',
  'paused',
  'product_changed',
  'license_key_revoked',
  'unknown',
] as const;
export type Reason = (typeof REASONS)[number];

/** Something that is known to take grants away. Times are milliseconds, by Polar's clock. */
export interface Fact {
  why: Reason;
  /** When it happened; null: it is so now, and it is not known since when. */
  at: number | null;
  /** It explains only what went at about the same time: it happened once, and did not last. */
  isMoment?: boolean;
}

/** Polar revokes in the background, and tries again when that fails: what happened once explains no more after this. */
const NEAR_MS = 10 * 60_000;
/** What comes of one thing that was done at Polar, such as all that deleting a customer ends. */
const TOGETHER_MS = 60_000;

/**
 * Why a grant went: what happened last between when it was given and when it went; of what came together the most exact, in
 * the order of `REASONS`, since deleting a customer also cancels, and so on. What is only known to be so now counts when
 * nothing else does.
 */
export function reasonOf(
  { revokedAt, grantedAt }: { revokedAt: number; grantedAt: number },
  facts: readonly Fact[],
): Reason {
  const dated = facts.flatMap(({ why, at, isMoment = false }) => {
    if (at === null || at > revokedAt || at < grantedAt) return [];
    return isMoment && at < revokedAt - NEAR_MS ? [] : [{ why, at }];
  });
  const last = Math.max(...dated.map(({ at }) => at));
  const together = dated.filter(({ at }) => at >= last - TOGETHER_MS);
  const undated = facts.filter(({ at }) => at === null);
  const [best] = (together.length > 0 ? together : undated).toSorted((a, b) => rank(a.why) - rank(b.why));
  return best?.why ?? 'unknown';
}

function rank(why: Reason): number {
  return REASONS.indexOf(why);
}

/** What the rows around a grant say of what may have taken it away. */
export interface KnownCauses {
  /** Of its purchase: `canceled`, `past_due`, `paused`, `seat_revoked`, `product:<id>`; in any order. */
  noted: readonly (readonly [what: string, at: number])[];
  /** Of its order, which take the benefits too. */
  refunds: readonly (readonly [reason: string, at: number])[];
  /** When disputes of its order, and of its subscription's orders, were decided. */
  disputes: readonly number[];
  disputesOfSubscription: readonly number[];
  customerDeletedAt: number | null;
  benefitDeletedAt: number | null;
  /** Whether its product still has the benefit; null: that is not known. */
  isOfProduct: 0 | 1 | null;
  isOfMember: 0 | 1;
  type: string | null;
}

const LASTING = new Map<string, Reason>([
  ['canceled', 'canceled'],
  ['past_due', 'past_due'],
  ['paused', 'paused'],
]);

/** The facts that rows hold. */
export function factsFrom(known: KnownCauses): Fact[] {
  const { noted, customerDeletedAt, benefitDeletedAt } = known;
  const at = (why: Reason, time: number | null): Fact[] => (time === null ? [] : [{ why, at: time }]);
  return [
    ...noted.flatMap(([what, time]): Fact[] => {
      const why = LASTING.get(what);
      if (why) return [{ why, at: time }];
      return what === 'seat_revoked' && known.isOfMember ? [{ why: what, at: time, isMoment: true }] : [];
    }),
    ...changesOfProduct(noted).map((time): Fact => ({ why: 'product_changed', at: time, isMoment: true })),
    ...known.refunds.map(([reason, time]): Fact => ({
      why: reason === 'dispute_prevention' ? 'dispute' : 'refunded',
      at: time,
    })),
    ...[...known.disputes, ...known.disputesOfSubscription].map((time): Fact => ({
      why: 'dispute',
      at: time,
    })),
    ...at('customer_deleted', customerDeletedAt),
    ...at('benefit_deleted', benefitDeletedAt),
    // Polar sends no event for either: they are what is left.
    ...(known.isOfProduct === 0 ? [{ why: 'product_changed', at: null } as const] : []),
    ...(known.type === 'license_keys' ? [{ why: 'license_key_revoked', at: null } as const] : []),
  ];
}

/** When a subscription was first seen with another product than before. */
function changesOfProduct(noted: KnownCauses['noted']): number[] {
  const seen = noted.filter(([what]) => what.startsWith('product:')).toSorted(([, a], [, b]) => a - b);
  return seen.flatMap(([what, at], i) => (i > 0 && seen[i - 1]?.[0] !== what ? [at] : []));
}
