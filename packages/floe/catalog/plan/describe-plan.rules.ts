import type { Kind } from '../model/catalog.rules.ts';
import { count } from '../../words/names.rules.ts';
import type { Price } from '../model/prices.rules.ts';
import { describeBenefits, describeNew, describePrices, type Wording } from './describe-entry.rules.ts';
import type { Difference } from './differences.rules.ts';
import type { Obstacle } from './obstacles.rules.ts';
import type { Change, Plan } from './plan.rules.ts';

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

/**
 * The lines of a plan. `subscribers`: how many subscribe, by key of a product whose price changes. `currency`: of the configuration, whose prices are said
 * first.
 */
export function describePlan(
  plan: Plan,
  subscribers: ReadonlyMap<string, number>,
  currency = 'usd',
): string[] {
  const wording = { names: plan.names, currency };
  return [
    ...plan.changes.flatMap((change) => describeChange(change, subscribers.get(change.key), wording)),
    ...plan.obstacles.map(describeObstacle),
    summaryOf(plan),
    ...namesOfLeft(plan),
  ];
}

/** So many of what left the source are named. */
const MOST_LEFT = 10;
/** Whether what left the source stays. */
const stays = ({ changes, left }: Plan): boolean =>
  left.length > 0 && changes.every(({ action }) => action !== 'archive');

function namesOfLeft(plan: Plan): string[] {
  const { left } = plan;
  if (!stays(plan)) return [];
  const more = left.length - MOST_LEFT;
  return [
    ...left.slice(0, MOST_LEFT).map(({ kind, name }) => `    ${ONE[kind]} ${name}`),
    ...(more > 0 ? [`    and ${count(more, 'more', 'more')}`] : []),
  ];
}

function summaryOf(plan: Plan): string {
  const { changes, marks, unchanged, left } = plan;
  const of = (action: Change['action']) => changes.filter((each) => each.action === action).length;
  const parts = [
    `${of('create')} to create`,
    `${of('update')} to change`,
    `${of('archive')} to archive`,
    `${unchanged} unchanged`,
  ];
  const staying = stays(plan)
    ? ` ${count(left.length, 'object')} left the source and ${left.length === 1 ? 'stays' : 'stay'} (--archive):`
    : '';
  const byHand =
    marks.length === 0
      ? ''
      : ` ${count(marks.length, 'object')} of them ${marks.length === 1 ? 'was' : 'were'} made by hand: a push writes whose ${marks.length === 1 ? 'it is' : 'they are'} into their metadata.`;
  return `${parts.join(', ')}.${byHand}${staying}`;
}

function describeChange(change: Change, subscribers: number | undefined, wording: Wording): string[] {
  const head = `${MARKS[change.action]} ${ONE[change.kind]} ${change.name}`;
  if (change.action === 'create') {
    const { words, lines } = describeNew(change.kind, change.entry, wording);
    return [`${head}${words}`, ...lines.map((line) => `    ${line}`)];
  }
  if (change.action === 'archive')
    return [
      `${head}: ${change.why === 'left' ? 'it left the source' : 'it was made twice, and the older one stays'}`,
    ];
  const lines = change.differences.map((each) => `    ${describeDifference(each, wording)}`);
  const touched =
    subscribers === undefined || subscribers === 0
      ? []
      : [
          `    ${count(subscribers, 'customer')} ${subscribers === 1 ? 'subscribes' : 'subscribe'} to it, and ${subscribers === 1 ? 'keeps' : 'keep'} the price of today`,
        ];
  return [head, ...lines, ...touched];
}

const LONGEST = 60;

const describeDifference = ({ field, from, to }: Difference, wording: Wording) =>
  `${field}: ${shown(field, from, wording)} → ${shown(field, to, wording)}`;

function shown(field: string, value: unknown, wording: Wording): string {
  if (field === 'prices' && Array.isArray(value)) return describePrices(value as Price[], wording.currency);
  if (field === 'benefits' && Array.isArray(value) && value.length > 0)
    return describeBenefits(value as string[], wording);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** Begins the keys of what pages sell. */
const PAGE = 'page:';

export function describeObstacle(obstacle: Obstacle): string {
  const what = `! ${ONE[obstacle.kind]} ${obstacle.name}`;
  if (obstacle.code === 'owned_by_another')
    return `${what} is ${[...new Set(obstacle.claims)].join(' or ') || 'nobody'}’s (${obstacle.id}): this push would touch it. Rename yours, or mend its owner.`;
  if (obstacle.code === 'by_hand') return `${what} is made by somebody: ${obstacle.todo}.`;
  if (obstacle.code === 'discount_code_taken') {
    const whose = obstacle.claims.length === 0 ? '' : ` of ${obstacle.claims.join(' or ')}`;
    return `${what}: the discount "${obstacle.other}"${whose} (${obstacle.id}) has its code ${obstacle.discountCode}, and Polar has a code once in an organization. Give yours another one.`;
  }
  if (obstacle.kind === 'products' && obstacle.key.startsWith(PAGE))
    return `${what} needs a new product: Polar does not change how often it is paid (interval). Write into the page what it had, and sell the other one as a plan that gives \`${obstacle.key}\`; or give the page another slug, and it is another page, which nobody has bought.`;
  const needs = `${what} needs a new ${ONE[obstacle.kind]}: Polar does not change its ${obstacle.fields.join(', ')}.`;
  if (obstacle.kind === 'discounts')
    return `${needs} Give it another name in the source, and another code where it has one; the old one stays until somebody deletes it.`;
  return `${needs} Give it another name in the source, push with --archive, and those who have the old one keep it or are moved.`;
}
