import { claimsOf } from '../../../kit/product-owners.ts';
import { OWNER_PRESETS, type OwnerKeys } from '../model/metadata.rules.ts';
import type { Wire } from '../there/polar-objects.rules.ts';

/* How an organization says whose its objects are, and who is named. */

type Preset = keyof typeof OWNER_PRESETS;

/** The keys that most objects have. */
export function findOwnerKeys({ products, benefits }: Wire): Preset {
  const times = (preset: Preset) =>
    [...products, ...benefits].filter(({ metadata }) => OWNER_PRESETS[preset].product in metadata).length;
  return (Object.keys(OWNER_PRESETS) as Preset[]).toSorted((a, b) => times(b) - times(a))[0] ?? 'gateway';
}

/** The products that something of an organization claims to be of, and the names of what nobody claims. */
export function findOwners(
  { products }: Wire,
  ownerKeys: OwnerKeys,
): { slugs: string[]; unclaimed: string[] } {
  const claims = products.map(({ name, metadata }) => claimsOf({ name, metadata }, ownerKeys.product));
  return {
    slugs: [...new Set(claims.flat())].toSorted(),
    unclaimed: products.flatMap(({ name, is_archived }, i) =>
      claims[i]?.length === 0 && !is_archived ? [name] : [],
    ),
  };
}

/** The address that all objects name, if they name one. */
export function findOwner(
  wire: Wire,
  isOurs: (id: string) => boolean,
  { owner }: OwnerKeys,
): string | undefined {
  const { meters, fields, benefits, products, discounts } = wire;
  const named = new Set(
    [...meters, ...fields, ...benefits, ...products, ...discounts].flatMap(({ id, metadata }) => {
      const { [owner]: by } = metadata;
      return isOurs(id) && by !== undefined ? [typeof by === 'string' ? by : ''] : [];
    }),
  );
  const [first] = named;
  return named.size === 1 && first !== undefined && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(first)
    ? first
    : undefined;
}
