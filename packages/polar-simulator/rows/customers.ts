/** Customers, their members, seats and sessions. */

import type { models } from '@polar-sh/sdk/2026-10';

export interface CustomerRow extends models.OrderCustomer {
  /** Eight letters that stand for the customer in invoice and receipt numbers. */
  short_code: string;
  invoices: number;
  receipts: number;
  /** Signed credit in minor units, by currency: negative means the customer owes. */
  balances: Record<string, number>;
  /** Which card is on file, and so whether a renewal is paid. */
  card: Card | null;
}

/** As a customer has it: without spaces and punctuation, and in which of Polar's formats. */
export type TaxId = [id: string, format: string];

export interface Card {
  brand: string;
  last4: string;
  /** `declines`: every charge after the first one fails. */
  outcome: 'pays' | 'declines';
}

export interface MemberRow extends models.Member {
  organization_id: string;
  deleted_at: string | null;
}

export interface CustomerSessionRow {
  id: string;
  created_at: string;
  token: string;
  expires_at: string;
  return_url: string | null;
  customer_id: string;
  member_id: string | null;
  organization_id: string;
}

/** One seat of a purchase; a revoked one is given to the next person under the same id. */
export interface SeatRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  subscription_id: string | null;
  order_id: string | null;
  status: models.SeatStatus;
  /** The customer who pays; null once the seat is revoked. */
  customer_id: string | null;
  /** The member who has the seat. */
  member_id: string | null;
  email: string | null;
  invitation_token: string | null;
  invitation_token_expires_at: string | null;
  claimed_at: string | null;
  revoked_at: string | null;
  seat_metadata: Record<string, unknown> | null;
}
