import type { AccountPurchase, AccountSubscription } from './data.ts';
import type { Desk } from './desk.ts';
import { asFloeError, type Session } from './shop.ts';
import type { Visit } from './visit.ts';

type Payment = AccountPurchase['payment'];
type Subscription = AccountSubscription['subscription'];

/** As many as one page of the gateway's list may have. */
const MAX_LISTED = 50;
/** Whoever left many checkouts unpaid has still bought the others, so each of these is asked for. */
const PAID = ['succeeded', 'partially_refunded', 'refunded'] as const;
/** They wait for a payment that has failed. */
const DUE = ['past_due', 'unpaid'] as const;

export function isPastDue(status: string): boolean {
  return DUE.some((each) => each === status);
}

/** Sessions, and whether one of them could not be read now. */
interface ReadSessions {
  found: Session[];
  isAway: boolean;
}

/** This browser's sessions that are not over, one for each whom they are for. */
export async function readSessionsOf({ shop, settings }: Desk, { sessions }: Visit): Promise<ReadSessions> {
  const found = new Map<string, Session>();
  let isAway = false;
  const read = sessions.map(({ session }) =>
    shop.readSession(session).catch((error: unknown) => {
      settings.onError(asFloeError(error));
      isAway = true;
      return undefined;
    }),
  );
  for (const session of await Promise.all(read))
    if (session) found.set(JSON.stringify(session.subject), session);
  return { found: [...found.values()], isAway };
}

/**
 * Whose purchases a session may show: all of its customer's or of the site's user; or the one that it came with, since the
 * address that was typed then may be somebody else's. A member of a team sees nothing of what its customer pays.
 */
function ownerOf({ subject, proof }: Session): { customer: string } | { payment: string } | undefined {
  const { customer_id: id, external_id: externalId, member_id: member, payment_id: payment } = subject;
  if (member !== null) return undefined;
  const customer = id ?? (externalId === null ? null : `external:${externalId}`);
  if (proof !== 'purchase' && customer !== null) return { customer };
  return payment === null ? undefined : { payment };
}

/** What was paid, the newest first, and the subscriptions. `hasMore`: of one of them there are older ones. */
interface Bought {
  payments: Payment[];
  subscriptions: Subscription[];
  hasMore: boolean;
}

/** What a session's holder has bought. @throws {FloeError} */
export async function readBought({ shop }: Desk, session: Session): Promise<Bought> {
  const owner = ownerOf(session);
  const nothing: Bought = { payments: [], subscriptions: [], hasMore: false };
  if (owner === undefined) return nothing;
  if ('payment' in owner) {
    const payment = await shop.read('GET /v1/payments/{id}', { params: { id: owner.payment } });
    const payments = PAID.some((status) => status === payment.status) ? [payment] : [];
    return { ...nothing, payments, subscriptions: await readSubscriptionOf(shop, payment) };
  }
  const query = { ...owner, limit: MAX_LISTED };
  const [subscribed, ...paid] = await Promise.all([
    shop.read('GET /v1/subscriptions', { query }),
    ...PAID.map((status) => shop.read('GET /v1/payments', { query: { ...query, status } })),
  ]);
  return {
    payments: paid
      .flatMap(({ data }) => data)
      .sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at)),
    subscriptions: subscribed.data,
    hasMore: [subscribed, ...paid].some(({ next_cursor: more }) => more !== null),
  };
}

/** The subscriptions that wait for a payment which has failed. @throws {FloeError} */
export async function readPastDue({ shop }: Desk, session: Session): Promise<Subscription[]> {
  const owner = ownerOf(session);
  if (owner === undefined) return [];
  if ('payment' in owner) {
    const payment = await shop.read('GET /v1/payments/{id}', { params: { id: owner.payment } });
    return (await readSubscriptionOf(shop, payment)).filter(({ status }) => isPastDue(status));
  }
  const lists = await Promise.all(
    DUE.map((status) => shop.read('GET /v1/subscriptions', { query: { ...owner, status } })),
  );
  return lists.flatMap(({ data }) => data);
}

async function readSubscriptionOf({ read }: Desk['shop'], { subscription_id: id }: Payment) {
  return id === null ? [] : [await read('GET /v1/subscriptions/{id}', { params: { id } })];
}
