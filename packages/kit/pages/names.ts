import { spellName } from '../resources.ts';
import type { Product } from './data.ts';

/** A product's name as people read it: of `quay:lifetime`, which says whose it is, "Lifetime". */
export function nameProduct(name: string): string {
  const [, plan] = /^[a-z0-9-]+:(\S+)$/.exec(name.trim()) ?? [];
  return plan === undefined ? name : toWords(plan);
}

type Described = Pick<Product, 'name' | 'description' | 'collection' | 'content_ids'>;

/**
 * A product as people read it. One that sells a page is called after the page's path (`quay:blog-tides`, by `floe catalog push`), and its
 * description begins with the page's title.
 */
export function describeProduct(product: Described): { name: string; description: string | null } {
  const { name, description } = product;
  const [title = '', ...rest] = sellsPage(product) ? (description ?? '').split('\n\n') : [];
  return title === ''
    ? { name: nameProduct(name), description }
    : { name: title, description: rest.join('\n\n') || null };
}

/** Whether it is called after what it opens. A long name ends in six digits instead of the rest. */
function sellsPage({ name, collection, content_ids: ids }: Described): boolean {
  const [, plan = ''] = /^[a-z0-9-]+:(\S+)$/.exec(name) ?? [];
  const begins = plan.replace(/-[0-9a-f]{6}$/, '');
  return (
    plan !== '' &&
    collection !== null &&
    ids.some((id) => {
      const path = withoutStar(id).replaceAll('/', '-');
      return path === plan || (begins !== plan && path.startsWith(begins));
    })
  );
}

const withoutStar = (id: string): string => id.replace(/\/\*$/, '');

/** The title of the page that is asked for, where one of the products sells that page alone. */
export function titleOf(resource: string, products: readonly Described[]): string | undefined {
  const sold = products.find(
    (product) =>
      sellsPage(product) && product.content_ids.some((id) => resource === `content:${withoutStar(id)}`),
  );
  return sold && describeProduct(sold).name;
}

/** What the last part of `content:blog/premium-article` says, "Premium article". Undefined for a name without words. */
export function nameResource(resource: string): string | undefined {
  const [, path] = /^content:(.+)$/.exec(spellName(resource) ?? '') ?? [];
  const last = path
    ?.split('/')
    .filter((part) => part !== '*')
    .at(-1);
  if (last === undefined || !/\p{L}{2}/u.test(last) || /^[0-9a-f-]{32,}$/i.test(last)) return undefined;
  return toWords(last);
}

function toWords(name: string): string {
  const [first = '', ...rest] = name.replaceAll(/[-_.]+/g, ' ').trim();
  return first.toUpperCase() + rest.join('');
}
