/**
 * Of several answers without a yes, the one with the greatest weight counts: `unavailable` first, since the others are
 * not sure then; then `pending_payment`, so that nobody is offered what they have paid for; then something the visitor
 * had before; then the rest. The gate, pages and forward-auth use the same order.
 */
export function weighNo(reason: string | null): number {
  switch (reason ?? '') {
    case 'unavailable':
      return 4;
    case 'pending_payment':
      return 3;
    case 'revoked':
    case 'expired':
      return 2;
    case 'no_session':
      return 0;
    default:
      return 1;
  }
}
