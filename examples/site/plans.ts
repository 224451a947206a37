import { html } from 'hono/html';
import { formatAmount } from '../../packages/kit/amounts.ts';
import { listProducts, type Product } from './gateway-payments.ts';
import type { Html } from './layout.ts';
import type { Shelf, SiteOptions } from './tenants.ts';

/** One way to buy what is on a shelf. */
export interface Plan {
  productId: string;
  name: string;
  description: string;
  price: string;
  /** `month`, `year`; null when it is paid once. */
  every: string | null;
}

/** The last part of a product's name at Polar, as the shop calls it. */
const NAMES: Record<string, string> = {
  monthly: 'Every month',
  yearly: 'Every year',
  lifetime: 'Just this one',
  pro: 'Atlas Pro',
};

/** `quay:monthly` is “Every month” here. */
export function planName(name: string): string {
  return NAMES[name.split(':').at(-1) ?? ''] ?? name;
}

/** What the catalogue has for examples/cli-licence: it opens nothing to read. */
const SOLD_ELSEWHERE: ReadonlySet<string> = new Set(['quay:tides']);

/** The plans of a shelf, the cheapest first. Undefined: the gateway cannot be asked. */
export async function findPlans(options: SiteOptions, shelf: Shelf): Promise<Plan[] | undefined> {
  try {
    const products = await listProducts(options.gatewayUrl, options.tenants[shelf.tenant].secretKey);
    return products
      .filter(({ name }) => !SOLD_ELSEWHERE.has(name))
      .toSorted((a, b) => amountOf(a) - amountOf(b))
      .map(toPlan);
  } catch {
    return undefined;
  }
}

const amountOf = ({ prices }: Product): number => prices[0]?.price_amount ?? 0;

function toPlan(product: Product): Plan {
  const fixed = product.prices.find((each) => each.amount_type === 'fixed');
  return {
    productId: product.id,
    name: planName(product.name),
    description: product.description ?? '',
    price: fixed ? formatAmount(fixed.price_amount ?? 0, fixed.price_currency ?? 'usd', 'en') : 'Your price',
    every: product.recurring_interval,
  };
}

/** `from`: the page that the buyer comes back to without having paid. */
export function planList(shelf: Shelf, plans: readonly Plan[] | undefined, from: string): Html {
  if (!plans)
    return html`<p class="error">The prices cannot be looked up right now. Please reload the page.</p>`;
  if (plans.length === 0) return html`<p class="soft">Nothing is for sale here yet.</p>`;
  return html`<ul class="plans">
    ${plans.map((plan) => planItem(shelf, plan, from))}
  </ul>`;
}

function planItem(shelf: Shelf, plan: Plan, from: string): Html {
  const verb = plan.every === null ? 'Buy' : 'Subscribe';
  const every = plan.every === null ? '' : ` a ${plan.every}`;
  return html`<li class="plan">
    <h3>${plan.name}</h3>
    <p class="price">${plan.price}<span>${every}</span></p>
    <p class="about">${plan.description}</p>
    <form method="post" action="/buy/${shelf.tenant}">
      <input type="hidden" name="product" value="${plan.productId}" />
      <input type="hidden" name="from" value="${from}" />
      <button type="submit" aria-label="${verb}: ${plan.name}, ${plan.price}${every}">${verb}</button>
    </form>
  </li>`;
}
