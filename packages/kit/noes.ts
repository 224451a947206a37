/**
 * Of several answers without a yes, which one counts: the weightiest. Nothing is said while something is unknown, whoever has
 * paid is not sold it again, and what somebody had weighs more than what they never had. One order for the gate, for pages and for
 * the gateway's forward-auth.
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
