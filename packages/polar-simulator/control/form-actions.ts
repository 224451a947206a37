/** What each button of the control pages does: through Polar's API where there is one for it. */

import { runSubscriptionCharge } from '../life/dunning.ts';
import { openDispute, preventDispute, resolveDispute } from '../life/disputes.ts';
import { runSettle } from '../life/refunds.ts';
import { asTyped, parseMoney } from '../pages/money.ts';
import { createOrganization } from '../life/organizations.ts';
import type { Runner } from '../runner.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, addInterval } from '../time.ts';
import { EVENT_TYPES } from '../webhooks/types.ts';
import type { World } from '../world.ts';
import { type ApiCall, accessTokenOf, textIn } from './api.ts';
import { endPeriodNow, failNextPayment, setCard } from './changes.ts';
import { settleCheckout } from './settling.ts';
import { absoluteTime } from './times.ts';

type Fields = Record<string, string>;
/** What to say afterwards; or where to go instead. A refusal is thrown. */
export type Outcome = string | { goTo: string };
export type FormAction = (fields: Fields) => Outcome | Promise<Outcome>;

/** Something that cannot be done, in words for the page. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export function formActions(world: World, runner: Runner, call: ApiCall): Record<string, FormAction> {
  const { tables } = world;
  const api = async (organizationId: string, method: string, path: string, body?: unknown) => {
    const answer = await call(accessTokenOf(world, organizationId), method, path, body);
    if (answer.refusal !== null) throw new Refusal(answer.refusal);
    return answer;
  };
  const patch = (body: unknown, said: string): FormAction => {
    return async ({ id = '' }) => {
      const { organization_id } = existing(tables.subscriptions, id);
      await api(organization_id, 'PATCH', `/v1/subscriptions/${id}`, body);
      return said;
    };
  };

  return {
    async clock(fields) {
      const ms = stepMs(fields, world.now());
      await runner.advance(ms);
      return `The clock moved to ${absoluteTime(world.now())}.`;
    },
    organization({ slug = '', name }) {
      if (!/^[a-z0-9-]{2,60}$/.test(slug))
        throw new Refusal('A slug is lower case letters, digits and hyphens.');
      createOrganization(world, { slug, ...(name ? { name } : {}) });
      return `${name || slug} was made.`;
    },
    'faults-off'() {
      world.faults.clear();
      return 'All faults are off.';
    },

    async checkout({ id = '' }) {
      const { organization_id } = existing(tables.products, id);
      const made = await api(organization_id, 'POST', '/v1/checkouts/', { products: [id] });
      return { goTo: textIn(made, 'url') };
    },
    settle({ id = '', outcome }) {
      const row = existing(tables.checkouts, id);
      if (!settleCheckout(world, row, outcome === 'failed' ? 'failed' : 'succeeded')) {
        throw new Refusal('This checkout waits for nothing.');
      }
      return `The payment ${outcome === 'failed' ? 'failed' : 'succeeded'}.`;
    },

    async portal({ id = '' }) {
      const { organization_id } = existing(tables.customers, id);
      const owner = tables.members.by('customer', id).find((member) => member.role === 'owner');
      const made = await api(organization_id, 'POST', '/v1/customer-sessions/', {
        customer_id: id,
        ...(owner ? { member_id: owner.id } : {}),
      });
      return { goTo: textIn(made, 'customer_portal_url') };
    },
    card({ id = '', outcome }) {
      const isGood = outcome === 'pays';
      setCard(world, existing(tables.customers, id), isGood ? 'pays' : 'declines');
      return isGood ? 'The card on file pays now.' : 'Every payment with the card on file is refused now.';
    },

    async refund({ id = '', amount = '', revoke, pending }) {
      const order = existing(tables.orders, id);
      const minor = parseMoney(amount, order.currency);
      if (minor === null) throw new Refusal(`“${amount}” is not an amount. Write it like 12.50.`);
      await api(order.organization_id, 'POST', '/v1/refunds/', {
        order_id: id,
        amount: minor,
        reason: 'customer_request',
        revoke_benefits: revoke === 'yes',
        ...(pending === 'yes' ? { metadata: { simulate: 'pending' } } : {}),
      });
      const what = `${asTyped(minor, order.currency)} ${order.currency.toUpperCase()} of ${order.invoice_number}`;
      return pending === 'yes' ? `The refund of ${what} is pending.` : `${what} was refunded.`;
    },
    'settle-refund'({ id = '', outcome }) {
      runSettle(world, { refund_id: id, outcome: outcome === 'failed' ? 'failed' : 'succeeded' });
      return `The refund ${outcome === 'failed' ? 'failed' : 'arrived'}.`;
    },
    retry({ id = '' }) {
      const order = existing(tables.orders, id);
      const data = { subscription_id: order.subscription_id ?? '', order_id: id };
      runSubscriptionCharge(world, data, 'retry_dunning');
      return order.status === 'pending' ? 'The payment failed again.' : 'The payment succeeded.';
    },
    dispute({ id = '' }) {
      openDispute(world, existing(tables.orders, id));
      return 'The buyer’s bank disputes the payment.';
    },
    'prevent-dispute'({ id = '' }) {
      preventDispute(world, existing(tables.orders, id));
      return 'The order was refunded before it was disputed.';
    },
    'resolve-dispute'({ id = '', outcome }) {
      resolveDispute(world, existing(tables.disputes, id), outcome === 'won' ? 'won' : 'lost');
      return `The dispute was ${outcome === 'won' ? 'won' : 'lost'}. The access ends either way, as with Polar.`;
    },

    renew({ id = '' }) {
      const subscription = existing(tables.subscriptions, id);
      endPeriodNow(world, subscription);
      if (subscription.status === 'canceled') return 'Its period is over, and so is the subscription.';
      if (subscription.status === 'paused') return 'Its period is over, and it is paused.';
      return 'A new period has begun.';
    },
    'fail-next-payment'({ id = '' }) {
      failNextPayment(world, existing(tables.subscriptions, id));
      return 'The next payment of this subscription will fail.';
    },
    cancel: patch({ cancel_at_period_end: true }, 'It ends with its period.'),
    uncancel: patch({ cancel_at_period_end: false }, 'It goes on.'),
    resume: patch({ resume: true }, 'It is active again.'),
    revoke: patch({ revoke: true }, 'It ended now.'),

    async 'new-endpoint'({ id = '', url = '' }) {
      const body = { url, format: 'raw', events: [...EVENT_TYPES] };
      const made = await api(id, 'POST', '/v1/webhooks/endpoints', body);
      return `Added. Its secret is ${textIn(made, 'secret')}`;
    },
    async endpoint({ id = '', enabled }) {
      const { organization_id } = existing(tables.endpoints, id);
      const isEnabled = enabled === 'yes';
      await api(organization_id, 'PATCH', `/v1/webhooks/endpoints/${id}`, { enabled: isEnabled });
      return isEnabled
        ? 'It gets events again.'
        : 'It gets no events now, and later none of those of this time.';
    },
    async redeliver({ id = '' }) {
      const { organization_id, type } = existing(tables.events, id);
      await api(organization_id, 'POST', `/v1/webhooks/events/${id}/redeliver`);
      await runner.settle();
      return `${type} was sent again.`;
    },
  };
}

function existing<Row>(table: { get(id: string): Row | undefined }, id: string): Row {
  const row = table.get(id);
  if (row === undefined) throw new Refusal('It is not there any more.');
  return row;
}

const UNITS_MS: Record<string, number> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };

function stepMs({ step, amount = '', unit = '' }: Fields, now: number): number {
  if (step === 'hour') return HOUR_MS;
  if (step === 'day') return DAY_MS;
  if (step === 'month') return addInterval(now, 'month', 1) - now;
  const unitMs = UNITS_MS[unit];
  if (!/^[1-9]\d{0,4}$/.test(amount) || unitMs === undefined) {
    throw new Refusal('Say by how much: a whole number from 1 to 99999. The clock only moves forward.');
  }
  return Number(amount) * unitMs;
}
