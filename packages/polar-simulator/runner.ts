/** Runs the jobs: which function does what, in simulated or in real time. */

import type { Job } from './jobs.ts';
import { runCharge, runExpire } from './life/checkouts.ts';
import { runAnnounce, runStateChanged } from './life/customers.ts';
import { revokeGrant, runCycle, runGrant, runRevoke, runUpdate, scheduleRevocations } from './life/grants.ts';
import { runGraceOver, runSubscriptionCharge } from './life/dunning.ts';
import { runMeterCycle } from './life/meter-cycles.ts';
import { runCount } from './life/meters.ts';
import { runFees, runInvoice, runReceipt } from './life/orders.ts';
import { runResume } from './life/pauses.ts';
import { runCallback, runSettle } from './life/refunds.ts';
import { runPeriodEnd } from './life/renewals.ts';
import { isBillable, revokeSubscription, runMetered } from './life/subscriptions.ts';
import type { Sender } from './webhooks/sending.ts';
import type { World } from './world.ts';

/** The longest wait that setTimeout can do. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export interface Runner {
  settle(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** Decides the charge of a confirmed checkout at once instead of when its job is due. */
  chargeNow(checkoutId: string): void;
  /** Real time: runs what is due and sets an alarm for what is next. */
  start(): void;
  stop(): Promise<void>;
}

export function createRunner(world: World, sender: Sender): Runner {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;

  async function runDue(): Promise<void> {
    for (let job = world.queue.take(world.now()); job; job = world.queue.take(world.now())) {
      await run(world, sender, job);
    }
    await sender.idle();
  }

  async function settle(): Promise<void> {
    do await runDue();
    while ((world.queue.nextAt() ?? Infinity) <= world.now());
  }

  async function advance(ms: number): Promise<void> {
    const target = world.now() + ms;
    await settle();
    for (let at = world.queue.nextAt(); at !== null && at <= target; at = world.queue.nextAt()) {
      world.moveTo(at);
      await settle();
    }
    world.moveTo(target);
    world.changed();
    await settle();
  }

  function tick(): void {
    timer = undefined;
    for (let job = world.queue.take(world.now()); job; job = world.queue.take(world.now())) {
      run(world, sender, job).catch((error: unknown) => console.error(error));
    }
    arm();
  }

  function arm(): void {
    if (!isRunning) return;
    clearTimeout(timer);
    const at = world.queue.nextAt();
    if (at !== null) timer = setTimeout(tick, Math.min(Math.max(0, at - world.now()), TIMER_MAX_MS));
  }

  return {
    settle,
    advance,
    chargeNow(checkoutId) {
      const waiting = world.queue
        .all()
        .find((job) => job.kind === 'checkout.charge' && job.data.checkout_id === checkoutId);
      if (waiting?.kind !== 'checkout.charge') return;
      world.queue.cancel(waiting.serial);
      runCharge(world, waiting.data);
    },
    start() {
      isRunning = true;
      world.onScheduled = arm;
      arm();
    },
    async stop() {
      isRunning = false;
      clearTimeout(timer);
      await sender.idle();
    },
  };
}

async function run(world: World, sender: Sender, job: Job): Promise<void> {
  switch (job.kind) {
    case 'checkout.charge':
      return runCharge(world, job.data);
    case 'checkout.expire':
      return runExpire(world, job.data);
    case 'customer.announce':
      return runAnnounce(world, job.data);
    case 'customer.state':
      return runStateChanged(world, job.data);
    case 'customer.deleted':
      return runCustomerDeleted(world, job.data.customer_id);
    case 'benefit.grant':
      return runGrant(world, job.data);
    case 'benefit.revoke':
      return runRevoke(world, job.data);
    case 'benefit.cycle':
      return runCycle(world, job.data);
    case 'benefit.update':
      return runUpdate(world, job.data);
    case 'order.fees':
      return runFees(world, job.data);
    case 'order.invoice':
      return runInvoice(world, job.data);
    case 'order.receipt':
      return runReceipt(world, job.data);
    case 'subscription.cycle':
      return runPeriodEnd(world, job.data);
    case 'subscription.charge':
      return runSubscriptionCharge(world, job.data);
    case 'subscription.retry':
      return runSubscriptionCharge(world, job.data, 'retry_dunning');
    case 'subscription.resume':
      return runResume(world, job.data);
    case 'subscription.grace_over':
      return runGraceOver(world, job.data);
    case 'meter.count':
      return runCount(world, job.data);
    case 'subscription.meter_cycle':
      return runMeterCycle(world, job.data);
    case 'subscription.metered':
      return runMetered(world, job.data);
    case 'refund.settle':
      return runSettle(world, job.data);
    case 'refund.callback':
      return runCallback(world, job.data);
    case 'webhook.send':
      return sender.send(job.data);
    default:
      return job satisfies never;
  }
}

/** What a deleted customer had ends after `customer.deleted` was said. */
function runCustomerDeleted(world: World, customerId: string): void {
  for (const subscription of world.tables.subscriptions.by('customer', customerId)) {
    if (isBillable(subscription)) revokeSubscription(world, subscription);
    else scheduleRevocations(world, subscription.id);
  }
  for (const grant of world.tables.grants.by('customer', customerId)) {
    if (!grant.is_revoked && grant.order_id) revokeGrant(world, grant);
  }
}
