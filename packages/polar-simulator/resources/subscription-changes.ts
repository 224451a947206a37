/** What `PATCH /v1/subscriptions/{id}` does (facts §1.6–1.8). */

import type * as z from 'zod';
import { invalid, problem } from '../http/errors.ts';
import { resume } from '../life/pauses.ts';
import { alreadyCanceled, inactive, sayUpdated } from '../life/proration.ts';
import { emitSubscription, isBillable, revokeSubscription, scheduleCycle } from '../life/subscriptions.ts';
import type { SubscriptionRow } from '../state.ts';
import { isoFromMs } from '../time.ts';
import type { World } from '../world.ts';
import { changeBase, changeSeats, changeUnits } from './subscription-plan.ts';
import type { SubscriptionChange, shapes } from './subscription-shapes.ts';

export function changeSubscription(world: World, row: SubscriptionRow, change: SubscriptionChange): void {
  if ('resume' in change) return resumeNow(world, row);
  if ('cancel_at_period_end' in change)
    return change.cancel_at_period_end ? cancel(world, row, change) : uncancel(world, row);
  if (row.status === 'canceled') throw alreadyCanceled();
  if ('revoke' in change) {
    row.customer_cancellation_reason =
      change.customer_cancellation_reason ?? row.customer_cancellation_reason;
    row.customer_cancellation_comment =
      change.customer_cancellation_comment ?? row.customer_cancellation_comment;
    return revokeSubscription(world, row);
  }
  if ('pause_at_period_end' in change) return schedulePause(world, row, change);
  if ('pending_update' in change) {
    if (!row.pending_update) {
      const loc = ['body', 'pending_update'];
      throw invalid(loc, 'This subscription has no pending update to clear.', null);
    }
    row.pending_update = null;
    return sayUpdated(world, row);
  }
  if ('seats' in change) return changeSeats(world, row, change);
  if ('units' in change) return changeUnits(world, row, change);
  if ('current_billing_period_end' in change)
    return movePeriodEnd(world, row, change.current_billing_period_end);
  return changeBase(world, row, change);
}

type Cancel = z.output<(typeof shapes)['cancel_at_period_end']>;

function cancel(world: World, row: SubscriptionRow, change: Cancel): void {
  if (!isBillable(row) || row.cancel_at_period_end) throw alreadyCanceled();
  row.cancel_at_period_end = true;
  row.canceled_at = world.stamp();
  row.ends_at = row.current_period_end;
  row.pause_at_period_end = false;
  row.resumes_at = null;
  row.customer_cancellation_reason = change.customer_cancellation_reason ?? null;
  row.customer_cancellation_comment = change.customer_cancellation_comment ?? null;
  world.touch(row);
  emitSubscription(world, row, 'subscription.updated', 'subscription.canceled');
}

function uncancel(world: World, row: SubscriptionRow): void {
  if (row.ended_at) throw problem(410, 'ResourceUnavailable', 'This subscription has ended.');
  if (!row.cancel_at_period_end)
    throw problem(400, 'BadRequest', 'This subscription is not scheduled to cancel.');
  row.cancel_at_period_end = false;
  row.canceled_at = null;
  row.ends_at = null;
  row.customer_cancellation_reason = null;
  row.customer_cancellation_comment = null;
  world.touch(row);
  emitSubscription(world, row, 'subscription.updated', 'subscription.uncanceled');
}

function schedulePause(
  world: World,
  row: SubscriptionRow,
  change: z.output<(typeof shapes)['pause_at_period_end']>,
): void {
  if (!change.pause_at_period_end) {
    if (!row.pause_at_period_end || row.status !== 'active')
      throw problem(409, 'NoScheduledPause', 'No pause is scheduled.');
    row.pause_at_period_end = false;
    row.resumes_at = null;
    return sayUpdated(world, row);
  }
  if (row.status !== 'active' || row.cancel_at_period_end || row.pause_at_period_end) {
    throw problem(409, 'CannotPauseSubscription', 'This subscription cannot be paused.');
  }
  if (change.resumes_at && Date.parse(change.resumes_at) <= Date.parse(row.current_period_end)) {
    throw invalid(['body', 'resumes_at'], 'Must be after the current period end.', change.resumes_at);
  }
  row.pause_at_period_end = true;
  row.resumes_at = change.resumes_at ? isoFromMs(Date.parse(change.resumes_at)) : null;
  return sayUpdated(world, row);
}

function resumeNow(world: World, row: SubscriptionRow): void {
  if (row.status !== 'paused')
    throw problem(409, 'NotPausedSubscription', 'This subscription is not paused.');
  resume(world, row);
}

function movePeriodEnd(world: World, row: SubscriptionRow, end: string): void {
  if (row.status !== 'active' && row.status !== 'trialing') throw inactive();
  if (row.cancel_at_period_end) throw alreadyCanceled();
  if (Date.parse(end) <= world.now()) {
    throw invalid(['body', 'current_billing_period_end'], 'Input should be in the future', end);
  }
  row.current_period_end = isoFromMs(Date.parse(end));
  row.anchor_day = new Date(end).getUTCDate();
  scheduleCycle(world, row);
  sayUpdated(world, row);
}
