import * as fc from 'fast-check';

/*
 * What may happen in a customer's life. An action names its target by a number, which picks one of those that it is possible
 * with at the time; where there is none, nothing happens. So most of a random life is possible.
 */

export const PRODUCTS = ['once', 'monthly', 'pro', 'trial', 'team'] as const;
export type ProductName = (typeof PRODUCTS)[number];
/** What a subscription can be changed to. Polar refuses to take seats away, and `team` is the only one with seats. */
export type PlanName = 'monthly' | 'pro' | 'trial';

export type Proration = 'invoice' | 'prorate' | 'next_period';

/** Who does it: the app by its key, if the gateway knows of the purchase yet; else somebody in Polar’s dashboard. */
type By = { by: 'api' | 'polar' };

export type Action =
  | {
      do: 'buy';
      product: ProductName;
      discount: 'none' | 'once' | 'forever';
      buyer: 'pays' | 'fails first' | 'leaves';
    }
  | { do: 'card'; outcome: 'pays' | 'declines' }
  | ({ do: 'cancel' | 'uncancel' | 'revoke' | 'resume'; of: number } & By)
  | ({ do: 'pause'; of: number; resumesAfterDays: number | null } & By)
  | ({ do: 'change'; of: number; to: PlanName; proration: Proration } & By)
  | ({ do: 'seats'; of: number; seats: number; proration: Proration } & By)
  | ({ do: 'refund'; of: number; share: 'part' | 'whole'; revoke: boolean; slow: boolean } & By)
  | { do: 'settle'; of: number; outcome: 'succeeded' | 'failed' }
  | { do: 'dispute' | 'prevent'; of: number }
  | { do: 'resolve'; of: number; outcome: 'won' | 'lost' };

/** What is done before each time that the clock moves, and how much of it Polar tells. */
export interface Life {
  turns: Action[][];
  /** `some`: a part of Polar's webhooks never comes, and reconciling finds what they would have told. */
  webhooks: 'all' | 'some';
  /** In which order they come, and which come twice, late or never. */
  seed: number;
}

const of = fc.nat({ max: 5 });
const by = fc.constantFrom<'api' | 'polar'>('api', 'api', 'polar');
const proration = fc.constantFrom<Proration>('invoice', 'prorate', 'next_period');

const buying = fc.record({
  do: fc.constant('buy' as const),
  product: fc.constantFrom(...PRODUCTS),
  discount: fc.constantFrom('none' as const, 'none' as const, 'once' as const, 'forever' as const),
  buyer: fc.oneof(
    { weight: 6, arbitrary: fc.constant('pays' as const) },
    { weight: 1, arbitrary: fc.constantFrom('fails first' as const, 'leaves' as const) },
  ),
});

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: buying },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('card' as const),
      outcome: fc.constantFrom('pays' as const, 'declines' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'uncancel' as const, 'revoke' as const, 'resume' as const),
      of,
      by,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pause' as const),
      of,
      by,
      resumesAfterDays: fc.constantFrom(null, 5, 12),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      of,
      by,
      to: fc.constantFrom<PlanName>('monthly', 'pro', 'trial'),
      proration,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('seats' as const),
      of,
      by,
      seats: fc.integer({ min: 1, max: 5 }),
      proration,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      of,
      by,
      share: fc.constantFrom('part' as const, 'whole' as const),
      revoke: fc.boolean(),
      slow: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      of,
      outcome: fc.constantFrom('succeeded' as const, 'failed' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('dispute' as const, 'dispute' as const, 'prevent' as const),
      of,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      of,
      outcome: fc.constantFrom('won' as const, 'lost' as const),
    }),
  },
);

/** How often the clock moves in a life. */
export const TURNS = 5;

export const life: fc.Arbitrary<Life> = fc.record({
  turns: fc
    .tuple(
      buying,
      fc.array(action, { maxLength: 2 }),
      fc.array(fc.array(action, { maxLength: 2 }), { minLength: 1, maxLength: TURNS - 1 }),
    )
    .map(([first, then, later]) => [[first, ...then], ...later]),
  webhooks: fc.constantFrom('all', 'some'),
  seed: fc.noShrink(fc.nat()),
});

const HOUR_MS = 3_600_000;
const hours = (days: number, more: number) => (days * 24 + more) * HOUR_MS;

/**
 * Ways in which the time passes, a move after each turn. All lives of a world share one. No sum of moves in a row is whole
 * days, in which periods, trials, retries and checkouts end: then it would be open on which side of a move the end is.
 */
export const CALENDARS: readonly (readonly number[])[] = [
  [hours(3, 7), hours(16, 5), hours(26, 11), hours(6, 3), hours(26, 7)],
  [hours(26, 5), hours(8, 7), hours(1, 3), hours(26, 2), hours(9, 5)],
  [hours(0, 2), hours(26, 5), hours(5, 7), hours(3, 3), hours(27, 6)],
  [hours(15, 3), hours(20, 7), hours(20, 5), hours(4, 11), hours(2, 2)],
];
