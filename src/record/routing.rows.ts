import { keysOf } from '../tell/events/events.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { query, runOne } from '../base/db/sql.rows.ts';
import { BILLABLE_LIST } from '../polar/billable.rules.ts';
import { asText } from '../polar/content.rules.ts';
import { columnOf } from '../base/db/columns.rules.ts';
import { checkoutOfSubscription, customerOf, readHint } from './observed.rules.ts';
import type { RoutingRows } from './routing-rows.rules.ts';

/** Columns as a JSON object, by their fields' names. Others are given as SQL. */
function json(fields: string, others: Readonly<Record<string, string>> = {}): string {
  const parts = fields.split(' ').map((field) => `'${field}', t.${columnOf(field)}`);
  const more = Object.entries(others).map(([name, sql]) => `'${name}', ${sql}`);
  return `json_object(${[...parts, ...more].join(', ')})`;
}

const boolean = (condition: string) => `json(iif(${condition}, 'true', 'false'))`;
const list = (object: string, from: string) => `(select json_group_array(${object}) from ${from})`;
const one = (object: string, from: string) => `(select ${object} from ${from})`;

/** What an app was told last of a customer: with which address, and whether the customer is deleted. */
function toldLast(): string {
  const named = (which: string) =>
    `select f.type, f.sequence, f.body from events as f where f.app_id = o.app_id and ${which} and f.body <> '{}'`;
  // One subquery for each key, so that SQLite finds each by the index instead of going through all events of the app.
  return `(select json_object('email', told.body ->> '$.data.polar.data.email', 'isGone', ${boolean("told.type = 'customer.deleted'")})
    from (${named('f.key = :createdKey')} union all ${named('f.key = :deletedKey')}
      union all ${named('f.key >= :updatedFrom and f.key < :updatedTo')}) as told
    order by told.sequence desc limit 1)`;
}

/** The apps that have sold to a customer; what they are told is read only if the customer itself has changed. */
const RELATIONS = `(select json_group_array(json(relation)) from (
  select json_object('appId', o.app_id, 'since', min(o.created_at),
    'paymentIds', json(iif(:customerIsMain, json_group_array(o.payment_id) filter (where o.subscription_id is null and o.payment_id is not null), '[]')),
    'email', iif(:customerIsTold, (
      select p.customer_email from payments as p
      where p.app_id = o.app_id and p.customer_id = :customerId and p.customer_email is not null
      order by p.created_at desc limit 1), null),
    'toldLast', json(iif(:customerIsMain, ${toldLast()}, null))) as relation
  from apps as a cross join orders as o on o.app_id = a.id
  where a.mode = :mode and o.customer_id = :customerId group by o.app_id))`;

/** The customer that a checkout was opened for, and the one with the address that was typed. */
const BUYERS = `(select :overCustomerId
  union all select c.id from customers as c where c.mode = :mode and lower(c.email) = :overEmail and c.deleted_at is null)`;
const IS_BILLABLE = `+s.mode = :mode and s.status in ${BILLABLE_LIST}`;

/**
 * Whether the customer of a checkout that is over has a subscription that kept the checkout from being finished. It is looked
 * at only where `:isOver`.
 */
const ALREADY_SUBSCRIBED = `exists (select 1 from snapshots as s where s.mode = :mode and s.kind = 'organization'
    and s.data ->> '$.subscription_settings.allow_multiple_subscriptions' = 0)
  and exists (select 1 from products as p where p.mode = :mode and p.id = :productId and p.is_recurring = 1)
  and (exists (select 1 from apps as a cross join subscriptions as s on s.app_id = a.id
      where a.mode = :mode and s.customer_id in ${BUYERS} and ${IS_BILLABLE})
    or exists (select 1 from subscriptions as s where s.app_id is null and s.customer_id in ${BUYERS} and ${IS_BILLABLE}))`;

const ofOrder = 'orders as t where t.mode = :mode and t.id = :orderId';
const ofSubscription = 'subscriptions as t where t.mode = :mode and t.id = :subscriptionId';

/** The last is the payment that a subscription's grants and seats belong to. */
const IS_NAMED_PAYMENT = `(t.mode = :mode and t.checkout_id in (:checkoutId, :begunBy)) or (t.mode = :mode and t.id = :hint)
  or (t.mode = :mode and t.order_id = :orderId) or t.id in (select t.payment_id from ${ofSubscription})`;

const FIND = query<Question, { found: string }>(`
  select json_object(
    'apps', ${list(json('id slug product', { ownsUnclaimed: boolean('t.owns_unclaimed') }), 'apps as t where t.mode = :mode')},
    'payments', ${list(
      json(
        'id appId status failureReason productId customerId externalCustomerId customerEmail checkoutId orderId subscriptionId successUrl createdAt',
        { metadata: 'json(t.metadata)' },
      ),
      `payments as t where ${IS_NAMED_PAYMENT}`,
    )},
    'orders', ${list(json('id appId paymentId customerId productId checkoutId subscriptionId billingReason paidAt version digest'), ofOrder)},
    'subscriptions', ${list(json('id appId paymentId customerId productId status canceledAt currentPeriodEnd endsAt endedAt createdAt soldBy productSince version digest'), ofSubscription)},
    'products', ${list(
      json('id assignedAppId appId version', {
        isWhole: boolean('t.data is not null'),
        benefitIds: `json(iif(:isGrant and json_type(t.data, '$.benefits') = 'array',
          (select json_group_array(b.value ->> '$.id') from json_each(t.data, '$.benefits') as b), null))`,
      }),
      `products as t where t.mode = :mode and t.id in (select value from json_each(:productIds)
        union select t.product_id from ${ofSubscription} union select t.product_id from ${ofOrder} and :isGrant)`,
    )},
    'grants', ${list(
      json(
        'id appId benefitId benefitType customerId memberId orderId subscriptionId productId licenseKeyId displayKey fulfilment createdAt version digest',
        {
          isRevoked: boolean('t.is_revoked'),
        },
      ),
      'grants as t where t.mode = :mode and t.id = :grantId',
    )},
    'leftActionAt', (select max(c.version) from grant_changes as c
      where c.mode = :mode and c.grant_id = :actionGrantId and c.version < :actionVersion and c.state <> 'pending_action'),
    'unpaid', iif(:pastDueId is null, null, (select o.id from orders as o where o.mode = :mode and o.subscription_id = :pastDueId and o.paid_at is null
      and o.status = 'pending' order by o.created_at desc limit 1)),
    'refund', ${one(json('id appId paymentId orderId status createdAt'), 'refunds as t where t.mode = :mode and t.id = :refundId')},
    'customer', ${one(json('id email createdAt deletedAt version seenVersion digest'), 'customers as t where t.mode = :mode and t.id = :shownCustomerId')},
    'erased', ${list(
      json('appId erasedAt'),
      `erased_customers as t where t.id in (select :customerAtHand union all select t.customer_id from ${ofOrder}
        union all select t.customer_id from ${ofSubscription}
        union all select 'external:' || t.external_customer_id from payments as t where ${IS_NAMED_PAYMENT})`,
    )},
    'other', ${one(json('id customerId'), 'snapshots as t where t.mode = :mode and t.kind = :otherKind and t.id = :otherId')},
    'isAlreadySubscribed', json(iif(:isOver, iif(${ALREADY_SUBSCRIBED}, 'true', 'false'), 'false')),
    'relations', ${RELATIONS},
    'earlier', ${one(json('status'), 'polar_events as t where t.mode = :mode and t.webhook_id = :webhookId')}
  ) as found`);

type Question = ReturnType<typeof ask>;

/** What is asked for an observation; null where it names nothing of the kind. */
function ask(mode: Mode, observation: Observation, webhookId: string | undefined) {
  const { main, links, embedded } = observation;
  const { id } = main.row;
  const over =
    main.kind === 'other' && main.row.kind === 'checkout' && main.row.status === 'expired'
      ? main.row
      : undefined;
  const shown = [main, ...embedded];
  const isGrant = main.kind === 'grant';
  const isAction = isGrant && main.row.state === 'pending_action';
  const customer = shown.find((part) => part.kind === 'customer')?.row;
  const customerIsMain = main.kind === 'customer';
  const customerIsTold =
    customerIsMain || shown.some((part) => part.kind === 'customer' && part.row.deletedAt !== null);
  const updated = keysOf(`customer.updated:${id}:`);
  const productIds = [
    links.productId,
    ...embedded.map((part) => (part.kind === 'product' ? part.row.id : null)),
    pendingProduct(observation),
  ].filter((value) => value !== null);
  return {
    mode,
    hint: readHint(observation) ?? null,
    productId: links.productId,
    isOver: over !== undefined,
    overCustomerId: over?.customerId ?? null,
    overEmail: over ? (asText(over.data['customer_email'])?.toLowerCase() ?? null) : null,
    checkoutId: links.checkoutId,
    begunBy: checkoutOfSubscription(observation),
    orderId: main.kind === 'order' ? id : links.orderId,
    subscriptionId: main.kind === 'subscription' ? id : links.subscriptionId,
    productIds: JSON.stringify(productIds),
    pastDueId: main.kind === 'subscription' && main.row.status === 'past_due' ? id : null,
    isGrant,
    grantId: isGrant ? id : null,
    actionGrantId: isAction ? id : null,
    actionVersion: isAction ? main.row.version : null,
    refundId: main.kind === 'refund' ? id : null,
    shownCustomerId: customer?.id ?? null,
    customerAtHand: customer?.id ?? customerOf(observation),
    otherKind: main.kind === 'other' ? main.row.kind : null,
    otherId: main.kind === 'other' ? id : null,
    // Only an order and what the customer is told depend on the apps that have sold to the customer.
    customerId: main.kind === 'order' || customerIsTold ? customerOf(observation) : null,
    customerIsMain,
    customerIsTold,
    createdKey: `customer.created:${id}`,
    deletedKey: `customer.deleted:${id}`,
    updatedFrom: updated.from,
    updatedTo: updated.to,
    webhookId: webhookId ?? null,
  };
}

/**
 * Rows that decide which app an observation belongs to, and what it changes: one statement. `webhookId`: of the Polar
 * event at hand, if it may have come before.
 */
export async function selectRoutingRows(
  database: Database,
  mode: Mode,
  observation: Observation,
  webhookId?: string,
): Promise<RoutingRows> {
  const [row] = await runOne(database, FIND(ask(mode, observation, webhookId)));
  if (!row) throw new Error('D1 answered without the one row that it was asked for.');
  return JSON.parse(row.found) as RoutingRows;
}

/** The product that a subscription will change to. */
function pendingProduct({ main, data }: Observation): string | null {
  const update = main.kind === 'subscription' ? data['pending_update'] : null;
  const id =
    typeof update === 'object' && update !== null && 'product_id' in update ? update.product_id : null;
  return typeof id === 'string' ? id : null;
}
