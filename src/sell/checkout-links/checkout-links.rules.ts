import type { CheckoutLinkView } from './checkout-links.answers.ts';

/** A checkout link as it is stored. Times are milliseconds since 1970. */
export interface CheckoutLinkRow {
  id: string;
  appId: string;
  label: string | null;
  /** JSON of the fields of a payment that each visit begins with, by the names of the request. */
  settings: string;
  /** How often it was followed: each time a payment was begun. */
  opened: number;
  lastOpenedAt: number | null;
  createdAt: number;
  updatedAt: number;
}

/** The metadata of a payment that says which link it came by. */
export const LINK_KEY = 'checkout_link';

/** `gateway`: the gateway's own address. */
export function addressOfLink(gateway: string, appSlug: string, id: string): string {
  return `${gateway}/checkout/${appSlug}/${id}`;
}

export function presentLink(row: CheckoutLinkRow, address: string): CheckoutLinkView {
  return {
    id: row.id,
    url: address,
    label: row.label,
    settings: JSON.parse(row.settings) as CheckoutLinkView['settings'],
    opened: row.opened,
    last_opened_at: row.lastOpenedAt === null ? null : new Date(row.lastOpenedAt).toISOString(),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}
