import type { PaymentKind } from '../base/payment-states.rules.ts';
import type { NewEvent } from '../tell/events/events.rules.ts';
import type { BenefitSnapshot, OrderSnapshot, Snapshot } from '../polar/snapshots.rules.ts';
import type { GrantCause, GrantChange } from './grant-history.rules.ts';
import type { GrantedState, PlannedReread } from './plan-rereads.rules.ts';
import type { Route } from './routing.rules.ts';

/**
 * What applying one observation changes, as data; record/write-changes.rows.ts makes the statements of one batch from
 * it.
 */
export interface Plan {
  appId: string | null;
  /**
   * The object that would say which app it belongs to, when that is not known yet. For Polar events of a customer: the
   * customer, since further apps may sell to it.
   */
  waitsFor: string | null;
  isUnrouted: boolean;
  /** Their conditions must see the rows before the changes. */
  before: PlannedReread[];
  /** Projections and what follows from them, in order. */
  changes: Change[];
  /** Their conditions must see the rows after the changes. */
  rereads: PlannedReread[];
  /** Must come after the rereads. */
  after: Change[];
  /** The customer at hand, whom an app has erased (ADR 105), with what Polar shows of it; null: a user whom nobody is. */
  erased: { customerId: string | null; seen: (Snapshot & { kind: 'customer' })['row'] | undefined } | null;
  events: NewEvent[];
  /** Objects that have come; stored Polar events that waited for them are applied again. */
  arrived: string[];
  /** Whose cached tokens are to be rebuilt, an app at a time. */
  refresh: Refresh[];
}

/** Whose cached tokens of an app are to be rebuilt. */
export interface Refresh {
  appId: string;
  customerIds: string[];
  paymentIds: string[];
}

/** One thing that a plan writes, all in the observation's mode. */
export type Change =
  | { do: 'note_forgotten'; customerId: string; seen: (Snapshot & { kind: 'customer' })['row'] | undefined }
  | { do: 'project_benefits'; benefits: BenefitSnapshot[] }
  | ({ do: 'project' } & Projection)
  | { do: 'note_seller'; subscriptionId: string; appId: string }
  | { do: 'follow_address'; customerId: string }
  | {
      do: 'note_purchaser';
      paymentId: string;
      subscriptionId: string;
      customerId: string;
      email: string | null;
    }
  | { do: 'insert_payment'; payment: PaymentOfOrder }
  /** Why a payment that is still pending failed; `derive_payment` follows. */
  | { do: 'note_failure'; paymentId: string; reason: string }
  | { do: 'derive_payment'; paymentId: string }
  | { do: 'link_request'; requestId: string; appId: string; orderId: string; refundId: string }
  | { do: 'own_subscription'; subscriptionId: string; appId: string; paymentId: string }
  | ({ do: 'note_difference' } & GrantedState)
  | { do: 'note_grant_change'; change: GrantChange }
  | { do: 'note_grant_cause'; cause: GrantCause }
  /** Before the subscription is projected. */
  | { do: 'note_products'; subscriptionId: string; productId: string; at: number }
  | { do: 'follow_product'; subscriptionId: string };

/** A snapshot that is stored, unless a newer one is there. */
export interface Projection {
  snapshot: Snapshot;
  owner: Route;
  /** Of an order that was paid. */
  paid?: PaidAt;
}

/** When an order was paid, milliseconds; null: only that it was is known. */
export interface PaidAt {
  heard: number | null;
}

/** A payment for an order that no checkout of ours began. */
export interface PaymentOfOrder {
  id: string;
  appId: string;
  kind: PaymentKind;
  order: OrderSnapshot;
  externalCustomerId: string | null;
  customerEmail: string | null;
  metadata: Record<string, string | number | boolean>;
}
