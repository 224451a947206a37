import type { Decision } from '../access.rules.ts';
import type { Missing, Named, Support } from './explain.rules.ts';

/* An explanation in plain words, for whoever answers the customer. */

const NAMES: Record<Named['kind'], string> = {
  grant: 'the grant',
  own_grant: 'what the app gave,',
  order: 'the order',
  subscription: 'the subscription',
};

const day = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const nameOf = ({ kind, id }: Named) => `${NAMES[kind]} ${id}`;

const TAKEN_BACK: Readonly<Record<string, string>> = {
  refund_succeeded: 'it was refunded',
  dispute_lost: 'a dispute was lost',
  dispute_prevented: 'the money went back before a dispute',
  dispute_won: 'Polar took its benefits away because of a dispute, which was won',
  customer_deleted: 'its customer was deleted at Polar',
};

/** What was missing, in one sentence without a full stop. */
export function sayMissing({ why, of, product, paymentId, status, takenBack = [], since }: Missing): string {
  const name = of ? nameOf(of) : '';
  const when = since === undefined || since === 0 ? '' : ` on ${day(since)}`;
  switch (why) {
    case 'revoked': {
      const reasons = takenBack.flatMap((what) => TAKEN_BACK[what] ?? []);
      const because =
        reasons.length > 0 ? `: ${reasons.join(', ')}` : status === undefined ? '' : `: it is ${status}`;
      return of?.kind === 'grant' || of?.kind === 'own_grant'
        ? `${name} was revoked${when}${because}`
        : `${name} stopped counting${when}${because}`;
    }
    case 'expired':
      return `${name} ended${when}`;
    case 'not_paid':
      return `${name} is not paid (${status})`;
    case 'not_active':
      return `${name} is not active (${status})`;
    case 'not_granted_yet':
      return `Polar has made ${name} but has not granted it: the customer may have to do something first`;
    case 'payment_under_way':
      return `the payment ${paymentId} is not completed`;
    case 'not_bought':
      return `the product ${product?.name} (${product?.id}) would give it`;
    case 'not_sold':
      return 'the app sells nothing that gives it';
    case 'unknown_customer':
      return 'the app knows nothing of this customer';
  }
}

/** The whole in one sentence. */
export function sayDecision(
  { allow, reason, endsAt }: Decision,
  resource: string,
  { supports, missing, at }: { supports: readonly Support[]; missing: readonly Missing[]; at: number },
): string {
  const when = day(at);
  if (allow) {
    const [first, ...others] = supports;
    const by = first ? nameOf(first) : 'something that is not stored any more';
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const until = endsAt === null ? '' : `, until ${day(endsAt)}`;
    const awaited = first?.isAwaited ? ' (Polar has not granted it yet; it counts meanwhile)' : '';
    return `At ${when} ${resource} was open by ${by}${more}${until}${awaited}.`;
  }
  const of = missing.slice(0, 2).map(sayMissing).join('; ');
  return `At ${when} ${resource} was closed (${reason}): ${of}.`;
}
