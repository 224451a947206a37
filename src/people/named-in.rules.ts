/** The ids by which a Polar event is found when its customer is forgotten. */
export interface Named {
  /** '' when it names none. */
  customerId: string;
  checkoutId: string | null;
}

/**
 * What one Polar event names, whether or not Floe understands its type. A checkout names no customer before it is
 * confirmed, though it may have the address already.
 */
export function readNamed(type: string, data: Record<string, unknown>): Named {
  const inside = (name: string, key: string) => {
    const part = data[name];
    return typeof part === 'object' && part !== null
      ? asText(Object.entries(part).find(([k]) => k === key)?.[1])
      : null;
  };
  const customerId =
    asText(data['customer_id']) ??
    (type.startsWith('customer.') ? asText(data['id']) : null) ??
    inside('customer', 'id') ??
    inside('member', 'customer_id') ??
    inside('order', 'customer_id') ??
    inside('subscription', 'customer_id');
  return {
    customerId: customerId ?? '',
    checkoutId: asText(data['checkout_id']) ?? (type.startsWith('checkout.') ? asText(data['id']) : null),
  };
}

function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
