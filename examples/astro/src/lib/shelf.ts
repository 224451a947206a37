import { opensContent } from '@floe/kit/content';
import { floe } from './gate.ts';
import { MEMBERSHIP, OFFERS, type Offer } from './offers.ts';

export interface Priced {
  /** The product's name. */
  name: string;
  offer: Offer;
  productId: string;
  /** What it opens, as `opensContent` takes it. */
  contentIds: readonly string[];
  isMembership: boolean;
  /** `month`, `year`; null when it is paid once. */
  every: string | null;
  /** Minor units. */
  amount: number;
  currency: string;
}

const KEPT_MS = 30_000;
let kept: { at: number; shelf: Promise<Priced[]> } | undefined;

/** What can be bought now, with prices. Empty while the gateway cannot be asked: the page is shown without. */
export async function readShelf(): Promise<Priced[]> {
  const now = Date.now();
  if (!kept || now - kept.at > KEPT_MS) kept = { at: now, shelf: askForShelf() };
  const mine = kept;
  try {
    return await mine.shelf;
  } catch (error) {
    console.error(error);
    if (kept === mine) kept = undefined;
    return [];
  }
}

async function askForShelf(): Promise<Priced[]> {
  const { data } = await floe('GET /v1/products');
  return Object.entries(OFFERS).flatMap(([name, offer]) => {
    const product = data.find((each) => each.name === name);
    const [price] = product?.prices ?? [];
    if (!product || typeof price?.price_amount !== 'number') return [];
    return [
      {
        name,
        offer,
        productId: product.id,
        contentIds: product.content_ids,
        isMembership: product.metadata?.['gateway_plan'] === 'member',
        every: product.recurring_interval,
        amount: price.price_amount,
        currency: price.price_currency,
      },
    ];
  });
}

/** Those that open a resource, the smallest first. */
export async function offersFor(resource: string): Promise<Priced[]> {
  const [, id = ''] = /^content:(.+)$/.exec(resource) ?? [];
  return (await readShelf()).filter(({ isMembership, contentIds }) =>
    resource === MEMBERSHIP ? isMembership : contentIds.some((each) => opensContent(each, id)),
  );
}
