import { describe, expect, it } from 'vitest';
import { routeToApp } from '../../src/record/routing.rules.ts';

const nothing = {
  productId: 'product',
  known: undefined,
  byCheckout: undefined,
  bySubscription: undefined,
  byOperator: null,
  byHint: undefined,
  productOwner: undefined,
};
const route = (appId: string) => ({ appId, paymentId: 'pay' });

describe('routing to an app', () => {
  it('keeps what was routed once', () => {
    expect(routeToApp({ ...nothing, known: route('a'), productOwner: 'b' })).toBe('a');
  });
  it('believes the checkout, which only the gateway knows', () => {
    expect(routeToApp({ ...nothing, byCheckout: route('a'), productOwner: 'b' })).toBe('a');
  });
  it('believes the subscription that an order renews', () => {
    expect(routeToApp({ ...nothing, bySubscription: route('a'), productOwner: 'b' })).toBe('a');
  });
  it('believes the operator before the metadata and the product, and not before the row, the checkout or the subscription', () => {
    const hint = { ...route('b'), productId: 'product' };
    expect(routeToApp({ ...nothing, byOperator: 'a', byHint: hint, productOwner: 'b' })).toBe('a');
    for (const sure of ['known', 'byCheckout', 'bySubscription'])
      expect(routeToApp({ ...nothing, byOperator: 'a', [sure]: route('c') })).toBe('c');
    expect(routeToApp({ ...nothing, byOperator: 'a', known: { appId: null, paymentId: null } })).toBe('a');
  });
  it('does not believe metadata that disagrees with the owner of the product', () => {
    expect(
      routeToApp({ ...nothing, byHint: { ...route('a'), productId: 'product' }, productOwner: 'b' }),
    ).toBe('b');
  });
  it('believes metadata for an unowned product only if the payment was for that product', () => {
    expect(routeToApp({ ...nothing, byHint: { ...route('a'), productId: 'product' } })).toBe('a');
    expect(routeToApp({ ...nothing, byHint: { ...route('a'), productId: 'another' } })).toBeUndefined();
  });
  it('falls back to the owner of the product', () => {
    expect(routeToApp({ ...nothing, productOwner: 'b' })).toBe('b');
  });
  it('routes to nobody when nothing is known, or a row is known that has no app yet', () => {
    expect(routeToApp(nothing)).toBeUndefined();
    expect(routeToApp({ ...nothing, known: { appId: null, paymentId: null } })).toBeUndefined();
  });
});
