import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { customerLines, customerName, productLines } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type ListedGrant = Answer<'GET /v1/grants'>['data'][number];
export type Grant = Extract<ListedGrant, { source: 'polar' }>;
export type OwnGrant = Extract<ListedGrant, { source: 'app' }>;
type WithHistory = Answer<'GET /v1/grants/{id}'>;

/** What it gives, in a line. */
export const whatIsGiven = (grant: ListedGrant): string =>
  grant.source === 'app'
    ? grant.resources.join(', ')
    : (grant.benefit.description ?? grant.benefit.type ?? grant.benefit.id);

/** Whose it is, in a line. */
export const holderOf = (grant: ListedGrant): string =>
  grant.source === 'app' ? grant.customer : customerName(grant.customer);

/** The lines of a grant of Polar's. */
export function describeGrant(grant: Grant): Field[] {
  const { benefit, product, member, license_key, action, error, fulfilment } = grant;
  return saying([
    ['grant', grant.id],
    ['state', grant.state],
    ['since', second(grant.since)],
    ['to be done', action && [action.text, action.url]],
    ['Polar’s error', error && `${error.message} (${error.type})`],
    ['benefit', [benefit.description, benefit.type, benefit.id].filter((each) => each !== null)],
    ['product', product && productLines(product)],
    ['customer', customerLines(grant.customer)],
    ['member', member && (member.role === null ? member.id : `${member.id} (${member.role})`)],
    ['payment', grant.payment_id],
    ['order', grant.order_id],
    ['subscription', grant.subscription_id],
    ['licence', license_key && [license_key.display_key, license_key.id].filter((each) => each !== null)],
    ['files', grant.file_ids],
    [
      'fulfilment',
      fulfilment &&
        [fulfilment.status, ...(fulfilment.by === null ? [] : [`by ${fulfilment.by}`])].join(', '),
    ],
    ['comment', fulfilment?.comment],
    ['granted', second(grant.granted_at)],
    ['revoked', second(grant.revoked_at)],
    ['created', second(grant.created_at)],
  ]);
}

/** The lines of what the app gave. */
export function describeOwnGrant(grant: OwnGrant): Field[] {
  return saying([
    ['grant', grant.id],
    ['state', grant.state],
    ['customer', grant.customer],
    ['opens', grant.resources],
    ['reason', grant.reason],
    ['ends', second(grant.expires_at)],
    ['taken back', second(grant.revoked_at)],
    ['created', second(grant.created_at)],
  ]);
}

/** What happened to a grant, a line each, oldest first. */
export function historyLines(grant: WithHistory): string[] {
  if (grant.source === 'app')
    return grant.history.map(({ at, what, why }) => line(second(at), what, why === what ? null : why));
  const changes = grant.history.map(({ at, what, state, why }) => ({
    at,
    text: line(second(at), what, state === 'granted' || state === 'revoked' ? why : (why ?? state)),
  }));
  const done = grant.fulfilments.map(({ at, status, by, comment }) => ({
    at,
    text: line(second(at), `${status} by ${by}`, comment),
  }));
  return [...changes, ...done]
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .map(({ text }) => text);
}

const line = (at: string | null, what: string, why: string | null) =>
  `${at}, ${what}${why === null ? '' : `: ${why}`}`;
