import type { PolarApi } from '../../polar/api.ts';

/** In one request; more of them would make an address too long. */
const MOST_IDS = 50;

/**
 * How many subscribe to each of these products, by its id. Most have nobody: those are asked for together first.
 * @returns undefined when the token may not read subscriptions
 */
export async function countSubscribers(
  polar: PolarApi,
  productIds: readonly string[],
): Promise<Map<string, number> | undefined> {
  const counts = new Map<string, number>();
  for (let from = 0; from < productIds.length; from += MOST_IDS) {
    const some = productIds.slice(from, from + MOST_IDS);
    const all = await countOf(polar, some);
    if (all === undefined) return undefined;
    for (const id of some)
      counts.set(id, all === 0 || some.length === 1 ? all : ((await countOf(polar, [id])) ?? 0));
  }
  return counts;
}

async function countOf(polar: PolarApi, productIds: readonly string[]): Promise<number | undefined> {
  const query = productIds.map((id) => `&product_id=${id}`).join('');
  const { status, body } = await polar.call('GET', `/v1/subscriptions/?active=true&limit=1${query}`);
  const { pagination } = Object(body) as { pagination?: { total_count: number } };
  return status === 200 ? pagination?.total_count : undefined;
}
