import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { metadataLines } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Explanation = Answer<'GET /v1/access/explain'>;
type Support = Explanation['supported_by'][number];
type Missing = Explanation['missing'][number];

/** The lines of an explanation, but for what led there. */
export function describeExplanation(explanation: Explanation): Field[] {
  const { allow, reason, values = {}, supported_by, missing, complete, complete_since } = explanation;
  return saying([
    ['answer', allow ? 'yes' : `no (${reason})`],
    ['in words', explanation.summary],
    ['resource', explanation.resource],
    ['customer', explanation.customer],
    ['at', second(explanation.at)],
    ['ends', second(explanation.expires_at)],
    ['is worth', metadataLines(values)],
    ['supported by', supported_by.map(supportLine)],
    ['missing', missing.map(missingLine)],
    ['caches', cachesLine(explanation.caches)],
    [
      'incomplete',
      complete
        ? null
        : complete_since === null
          ? 'not everything is known yet'
          : `everything is known from ${second(complete_since)} on`,
    ],
  ]);
}

const NAMES: Readonly<Record<Support['kind'], string>> = {
  grant: 'grant',
  own_grant: 'your own grant',
  order: 'order',
  subscription: 'subscription',
};

function supportLine(support: Support): string {
  const { kind, id, payment_id, member_id, from, until, is_awaited } = support;
  return [
    `${NAMES[kind]} ${id}`,
    member_id === null ? null : `of member ${member_id}`,
    payment_id === null ? null : `payment ${payment_id}`,
    from === null ? null : `since ${second(from)}`,
    until === null ? null : `until ${second(until)}`,
    is_awaited ? 'which Polar has not granted yet' : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

function missingLine({ text, payment_id }: Missing): string {
  return payment_id === null || text.includes(payment_id) ? text : `${text}, payment ${payment_id}`;
}

function cachesLine({ could_differ, until, changed_at, max_age }: Explanation['caches']): string {
  if (!could_differ) return 'none could have said otherwise';
  const since = changed_at === null ? '' : `, since it became a no at ${second(changed_at)}`;
  return `a yes could still be given until ${second(until)}, by a caller that allows ${max_age} s${since}`;
}
