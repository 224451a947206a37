import { type Benefit, CONNECTED } from '../model/benefits.rules.ts';
import { type Catalog, type Entry, type Kind, KINDS, placeOf } from '../model/catalog.rules.ts';
import { type Metadata, type OwnerKeys, UPDATED_AT } from '../model/metadata.rules.ts';
import { ownerMetadata } from '../source/config-catalog.rules.ts';
import { referencesOf } from '../model/references.rules.ts';

/* What one organization has, as it is wanted in another one. */

/**
 * The entries without what is one organization's own: when they were pushed, and what Discord, GitHub and Slack are connected with. Each says whose it is, so that
 * it is found again from the request on that makes it. A discount stays one of those products that come along.
 */
export function wantedElsewhere(catalog: Catalog, product: string, ownerKeys: OwnerKeys): Catalog {
  const own = <E extends { key: string; metadata: Metadata }>(entry: E): E => {
    const { [UPDATED_AT]: _, ...metadata } = entry.metadata;
    return { ...entry, metadata: { ...metadata, ...ownerMetadata({ product, ownerKeys }, entry.key) } };
  };
  const products = new Set(catalog.products.map(({ key }) => key));
  return {
    files: catalog.files,
    meters: catalog.meters.map(own),
    fields: catalog.fields.map(own),
    benefits: catalog.benefits.map((each) => withoutConnection(own(each))),
    products: catalog.products.map(own),
    discounts: catalog.discounts.flatMap((each) => {
      const of = each.products?.filter((key) => products.has(key)) ?? null;
      return of?.length === 0 ? [] : [{ ...own(each), products: of }];
    }),
  };
}

/** What an organization is connected with says nothing of another one. */
const withoutConnection = (benefit: Benefit): Benefit =>
  benefit.type in CONNECTED ? ({ ...benefit, properties: {} } as unknown as Benefit) : benefit;

interface Stuck {
  kind: Kind;
  name: string;
  why: string;
}

/** What cannot be had elsewhere, and why. */
export function findStuck(catalog: Catalog): Stuck[] {
  const places = new Set(KINDS.flatMap((kind) => catalog[kind].map(({ key }) => placeOf(kind, key))));
  return KINDS.flatMap((kind) =>
    catalog[kind].flatMap((entry): Stuck[] => {
      const name = 'name' in entry ? entry.name : entry.description;
      if ('checksum_sha256_base64' in entry && !entry.checksum_sha256_base64)
        return [{ kind, name, why: 'Polar says no checksum of it, so it could not be found again' }];
      return referencesOf(kind, entry).flatMap(({ kind: of, key }) =>
        of !== 'products' && !places.has(placeOf(of, key))
          ? [{ kind, name, why: `it refers to one of the ${of} that is not this product’s (${key})` }]
          : [],
      );
    }),
  );
}

/** What somebody should look at, since it is the same in both places. */
export const notesOn = (entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) =>
    'properties' in entry && 'prefix' in entry.properties && typeof entry.properties['prefix'] === 'string'
      ? [
          `Licence keys of "${'description' in entry ? entry.description : entry.name}" begin with ${entry.properties['prefix']} in both. Give one of them another prefix where people have to tell them apart.`,
        ]
      : [],
  );
