/** Which app an object of Polar's belongs to. What is known, read before deciding: rows of one mode only. */
export interface RoutingQuestion {
  productId: string | null;
  /** The order's or subscription's own row. */
  known: Route | undefined;
  /** The payment whose checkout this is. Ours, since only we know its checkout. */
  byCheckout: Route | undefined;
  /** The subscription that an order renews. */
  bySubscription: Route | undefined;
  /** The payment that `gateway_payment_id` names: a hint, for a renewal's metadata is the first purchase's. */
  byHint: (Route & { productId: string | null }) | undefined;
  /** The app that owns the product now. */
  productOwner: string | undefined;
}

export interface Route {
  appId: string | null;
  paymentId: string | null;
}

/**
 * The app, by trust rule 5: the row itself, the checkout, the subscription; then the metadata's hint, which must agree
 * with the product; then the product's owner. Undefined: fits no app, kept as unrouted.
 */
export function routeToApp(question: RoutingQuestion): string | undefined {
  const sure = [question.known, question.byCheckout, question.bySubscription].find((route) => route?.appId);
  if (sure?.appId) return sure.appId;
  const { byHint, productOwner } = question;
  if (byHint?.appId) {
    const agrees =
      productOwner === undefined ? byHint.productId === question.productId : productOwner === byHint.appId;
    if (agrees) return byHint.appId;
  }
  return productOwner;
}
