/** What must be there before a checkout can be paid (facts §3 "Needs"). */

import type { ValidationIssue } from '../http/errors.ts';
import type { CheckoutRow } from '../state.ts';
import type { World } from '../world.ts';

/** What is missing before a checkout can be paid (facts §3 "Needs"). */
export function missingForConfirm(
  world: World,
  row: CheckoutRow,
  confirmationTokenId: string | null | undefined,
): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const need = (field: string, ...rest: string[]): void => {
    issues.push({ type: 'missing', loc: ['body', field, ...rest], msg: 'Field is required.' });
  };
  if (!row.customer_email && !row.customer_id) need('customer_email');
  if (row.is_payment_form_required) {
    if (!confirmationTokenId) need('confirmation_token_id');
    const address = row.customer_billing_address;
    if (!address) need('customer_billing_address');
    else {
      const isFull = address.country === 'US' || row.is_business_customer || row.require_billing_address;
      if (isFull) {
        if (!address.line1) need('customer_billing_address', 'line1');
        if (!address.city) need('customer_billing_address', 'city');
        if (!address.postal_code) need('customer_billing_address', 'postal_code');
      }
      const hasStates = address.country === 'US' || address.country === 'CA';
      if (hasStates && !address.state) need('customer_billing_address', 'state');
    }
  }
  if (row.is_business_customer && !row.customer_billing_name) need('customer_billing_name');
  for (const slug of missingFields(world, row)) need('custom_field_data', slug);
  return issues;
}

/** Required fields of the chosen product that were left empty; a box that must be ticked is empty when it is not. */
function missingFields(world: World, row: CheckoutRow): string[] {
  const product = world.tables.products.get(row.product_id);
  return (product?.attached_fields ?? []).flatMap(({ custom_field_id, required }) => {
    const field = world.tables.customFields.get(custom_field_id);
    if (!field || !required) return [];
    const value = row.custom_field_data?.[field.slug];
    const isEmpty = value === undefined || value === null || value === '' || value === false;
    return isEmpty ? [field.slug] : [];
  });
}
