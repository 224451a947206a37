import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';
import { payment } from '../../base/payment.answers.ts';
import { subscription } from '../../sell/subscriptions/subscriptions.answers.ts';
import { listedGrant } from '../grants/grants.answers.ts';

/* What the routes of customers answer. */

/** A customer in a list: all of it is what this app knows by its own purchases. */
export const listedCustomer = z.object({
  id: z.string(),
  external_ids: z.array(z.string()),
  email: z.nullable(z.string()),
  name: z.nullable(z.string()),
  created_at: timestamp,
  deleted_at: z.nullable(timestamp),
});
export type ListedCustomerView = z.output<typeof listedCustomer>;

export const customerList = list(listedCustomer);
export type CustomerListView = z.output<typeof customerList>;

/** What was paid in one currency. */
export const spent = z.object({
  currency: z.string(),
  payments: z.int(),
  amount: z.int(),
  net_amount: z.int(),
  tax_amount: z.int(),
  /** Without its tax, as a payment has it. */
  refunded_amount: z.int(),
  refunded_tax_amount: z.int(),
});
export type SpentView = z.output<typeof spent>;

/** Something that a customer may use now. */
export const heldEntitlement = z.object({
  resource: z.string(),
  expires_at: z.nullable(timestamp),
  values: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
});

/** A customer of Polar's, or all of whom the app has said to be one user of its own. */
export const customerDetail = z.object({
  id: z.string(),
  customer_ids: z.array(z.string()),
  external_ids: z.array(z.string()),
  email: z.nullable(z.string()),
  name: z.nullable(z.string()),
  created_at: z.nullable(timestamp),
  deleted_at: z.nullable(timestamp),
  spent: z.array(spent),
  payments: z.array(payment),
  subscriptions: z.array(subscription),
  entitlements: z.array(heldEntitlement),
  grants: z.array(listedGrant),
});
export type CustomerDetailView = z.output<typeof customerDetail>;

/** What an app has said of a user before the first purchase. */
export const preparedCustomer = z.object({
  id: z.string(),
  external_id: z.string(),
  email: z.nullable(z.string()),
  name: z.nullable(z.string()),
  created_at: timestamp,
  updated_at: timestamp,
});
export type PreparedCustomerView = z.output<typeof preparedCustomer>;
