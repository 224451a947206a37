import type { Wire } from './polar-objects.rules.ts';

/* Who uses what of an organization: what nobody claims belongs to the product whose objects alone refer to it. */

/** 'another': a product that another slug owns is among them. */
type User = 'ours' | 'others' | 'another';

/** What products give, ask and show, and what is counted for their prices. `isOurs`: of an id. `isAnothers`: whether another slug owns it. */
export function usesOfProducts(
  products: Wire['products'],
  isOurs: (id: string) => boolean,
  isAnothers: (product: Wire['products'][number]) => boolean,
) {
  const uses = { benefits: new Map(), meters: new Map(), fields: new Map(), files: new Map() } as Record<
    'benefits' | 'meters' | 'fields' | 'files',
    Map<string, User>
  >;
  for (const product of products) {
    const user = isOurs(product.id) ? 'ours' : isAnothers(product) ? 'another' : 'others';
    for (const { id } of product.benefits) note(uses.benefits, id, user);
    for (const { id } of product.medias) note(uses.files, id, user);
    for (const { custom_field_id } of product.attached_custom_fields)
      note(uses.fields, custom_field_id, user);
    for (const { meter_id } of product.prices)
      if (typeof meter_id === 'string') note(uses.meters, meter_id, user);
  }
  return uses;
}

/** Adds the meters and files of benefits. */
export function addUsesOfBenefits(
  uses: ReturnType<typeof usesOfProducts>,
  benefits: Wire['benefits'],
  isOurs: (id: string) => boolean,
): void {
  for (const { id, properties } of benefits) {
    const user = isOurs(id) ? 'ours' : 'others';
    if (typeof properties['meter_id'] === 'string') note(uses.meters, properties['meter_id'], user);
    if (Array.isArray(properties['files']))
      for (const file of properties['files']) note(uses.files, String(file), user);
  }
}

/** The meters that benefits count with, also those that left the source, and products of others that are on sale. `isOurs`: of an id. */
export function countedMeters({ products, benefits }: Wire, isOurs: (id: string) => boolean): Set<string> {
  const others = products.filter(({ id, is_archived }) => !is_archived && !isOurs(id));
  return new Set(
    [
      ...benefits.map(({ properties }) => properties['meter_id']),
      ...others.flatMap(({ prices }) => prices.map(({ meter_id }) => meter_id)),
    ].filter((id) => typeof id === 'string'),
  );
}

function note(uses: Map<string, User>, id: string, user: User): void {
  const before = uses.get(id) ?? user;
  uses.set(id, [before, user].includes('another') ? 'another' : before === user ? user : 'others');
}
