/** Meters and what was used. */

import type { models } from '@polar-sh/sdk/2026-10';

export interface MeterRow extends models.Meter {}

/** Something a customer did, as the seller reported it. */
export interface UsageEventRow {
  id: string;
  /** When it happened, by the seller's word. */
  timestamp: string;
  /** When it was received: this decides the billing period. */
  received_at: string;
  organization_id: string;
  name: string;
  customer_id: string | null;
  /** May name nobody yet; bound as soon as there is such a customer. */
  external_customer_id: string | null;
  member_id: string | null;
  external_member_id: string | null;
  external_id: string | null;
  parent_id: string | null;
  metadata: Record<string, unknown>;
}

/** What the seller calls events of one name. */
export interface EventTypeRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  name: string;
  label: string;
  label_property_selector: string | null;
}

export interface CustomerMeterRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  customer_id: string;
  meter_id: string;
  consumed_units: number;
  credited_units: number;
  /** Only what was received later than this counts. */
  counted_since: string;
  /** What was left over when the last period ended. */
  left_over_units: number;
}
