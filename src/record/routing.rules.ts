/** What decides which app an object of Polar's belongs to. All rows are of one mode. */
export interface RoutingQuestion {
  productId: string | null;
  /** The order's or subscription's own row. */
  known: Route | undefined;
  /** The payment whose checkout this is. It can be trusted, since the gateway made the checkout. */
  byCheckout: Route | undefined;
  /** The subscription that an order renews. */
  bySubscription: Route | undefined;
  /** The app that the operator has given it to. */
  byOperator: string | null;
  /**
   * The payment that `gateway_payment_id` in the metadata names. It is only a hint: a renewal has the metadata of the
   * first purchase.
   */
  byHint: (Route & { productId: string | null }) | undefined;
  /** The app that owns the product now. */
  productOwner: string | undefined;
}

export interface Route {
  appId: string | null;
  paymentId: string | null;
}

/**
 * The app, by trust rule 5: the row itself, the checkout, the subscription; then the operator's word; then the metadata's hint,
 * which must agree with the product; then the product's owner. Undefined: it fits no app, and is kept as unrouted (ADR 8).
 */
export function routeToApp(question: RoutingQuestion): string | undefined {
  const sure = [question.known, question.byCheckout, question.bySubscription].find((route) => route?.appId);
  if (sure?.appId) return sure.appId;
  const { byOperator, byHint, productOwner } = question;
  if (byOperator !== null) return byOperator;
  if (byHint?.appId) {
    const agrees =
      productOwner === undefined ? byHint.productId === question.productId : productOwner === byHint.appId;
    if (agrees) return byHint.appId;
  }
  return productOwner;
}
