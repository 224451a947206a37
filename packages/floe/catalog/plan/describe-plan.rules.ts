import type { Kind } from '../model/catalog.rules.ts';
import { formatAmount } from '../../../kit/amounts.ts';
import { count } from '../../words/names.rules.ts';
import type { Price } from '../model/prices.rules.ts';
import type { Difference } from './differences.rules.ts';
import type { Change, Obstacle, Plan } from './plan.rules.ts';

/* A plan in words. */

const ONE: Readonly<Record<Kind, string>> = {
  meters: 'meter',
  files: 'file',
  fields: 'custom field',
  benefits: 'benefit',
  products: 'product',
  discounts: 'discount',
};
/** What one of a kind is called. */
export const nameKind = (kind: Kind): string => ONE[kind];

const MARKS = { create: '+', update: '~', archive: '-' } as const;

/** The lines of a plan. `subscribers`: how many subscribe, by key of a product whose price changes. */
export function describePlan(plan: Plan, subscribers: ReadonlyMap<string, number>): string[] {
  return [
    ...plan.changes.flatMap((change) => describeChange(change, subscribers.get(change.key))),
    ...plan.obstacles.map(describeObstacle),
    summaryOf(plan),
  ];
}

function summaryOf({ changes, marks, unchanged, left }: Plan): string {
  const of = (action: Change['action']) => changes.filter((each) => each.action === action).length;
  const parts = [
    `${of('create')} to create`,
    `${of('update')} to change`,
    `${of('archive')} to archive`,
    `${unchanged} unchanged`,
  ];
  const stays =
    of('archive') === 0 && left.length > 0
      ? ` ${count(left.length, 'object')} left the source and ${left.length === 1 ? 'stays' : 'stay'} (--archive).`
      : '';
  const byHand =
    marks.length === 0
      ? ''
      : ` ${count(marks.length, 'object')} of them ${marks.length === 1 ? 'was' : 'were'} made by hand: a push writes whose ${marks.length === 1 ? 'it is' : 'they are'} into their metadata.`;
  return `${parts.join(', ')}.${byHand}${stays}`;
}

function describeChange(change: Change, subscribers: number | undefined): string[] {
  const head = `${MARKS[change.action]} ${ONE[change.kind]} ${change.name}`;
  if (change.action === 'create') return [head];
  if (change.action === 'archive')
    return [
      `${head}: ${change.why === 'left' ? 'it left the source' : 'it was made twice, and the older one stays'}`,
    ];
  const lines = change.differences.map((each) => `    ${describeDifference(each)}`);
  const touched =
    subscribers === undefined || subscribers === 0
      ? []
      : [
          `    ${count(subscribers, 'customer')} ${subscribers === 1 ? 'subscribes' : 'subscribe'} to it, and ${subscribers === 1 ? 'keeps' : 'keep'} the price of today`,
        ];
  return [head, ...lines, ...touched];
}

const LONGEST = 60;

const describeDifference = ({ field, from, to }: Difference) =>
  `${field}: ${shown(field, from)} → ${shown(field, to)}`;

function shown(field: string, value: unknown): string {
  if (field === 'prices' && Array.isArray(value))
    return value.map((each) => describePrice(each as Price)).join(', ');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** `$5.00`, `from $5.00`, `free`. */
export function describePrice(price: Price): string {
  const amount = (value: number) => formatAmount(value, price.price_currency, 'en');
  switch (price.amount_type) {
    case 'fixed':
      return price.price_amount === 0 ? 'free' : amount(price.price_amount);
    case 'custom':
      return `from ${amount(price.minimum_amount)}`;
    case 'seat_based':
      return `${amount(price.seat_tiers.tiers[0]?.price_per_seat ?? 0)} a seat`;
    case 'metered_unit':
      return `${price.unit_amount} ${price.price_currency} a unit of ${price.meter}`;
    case 'unit_based':
      return `${price.tiers.tiers[0]?.unit_amount ?? 0} ${price.price_currency} a unit`;
    default:
      return (price as { amount_type: string }).amount_type;
  }
}

export function describeObstacle(obstacle: Obstacle): string {
  const what = `! ${ONE[obstacle.kind]} ${obstacle.name}`;
  if (obstacle.code === 'owned_by_another')
    return `${what} is ${[...new Set(obstacle.claims)].join(' or ') || 'nobody'}’s (${obstacle.id}): this push would touch it. Rename yours, or mend its owner.`;
  if (obstacle.code === 'by_hand') return `${what} is made by somebody: ${obstacle.todo}.`;
  return `${what} needs a new ${ONE[obstacle.kind]}: Polar does not change its ${obstacle.fields.join(', ')}. Give it another name in the source, push with --archive, and those who have the old one keep it or are moved.`;
}
