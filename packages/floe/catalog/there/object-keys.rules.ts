import { claimsOf, readProductName } from '../../../kit/product-owners.ts';
import type { Kind } from '../model/catalog.rules.ts';
import { CONTENT_ID, KEY, type OwnerKeys } from '../model/metadata.rules.ts';
import type { Wire, WireObject } from './polar-objects.rules.ts';

/* The key that an object at Polar has in the catalogue of a product. */

export interface Whose {
  /** The slug. */
  product: string;
  ownerKeys: OwnerKeys;
  /** Keys of the source, by kind: what nobody claims is taken over when it stands for one of them. */
  wanted: Readonly<Record<Kind, ReadonlySet<string>>>;
}

/** What identifies a file: bytes, name and use. */
export const fileKey = (file: {
  service: string;
  name: string;
  checksum_sha256_base64?: string | null | undefined;
}): string => `${file.service}:${file.checksum_sha256_base64 ?? ''}:${file.name}`;

/** The key that an object has in the catalogue of a product; undefined: it is not of it. */
export function keyOf(
  kind: Kind,
  object: WireObject,
  { product, ownerKeys, wanted }: Whose,
): string | undefined {
  if (kind === 'files') {
    const key = fileKey(object as Wire['files'][number]);
    return wanted.files.has(key) ? key : undefined;
  }
  const { metadata } = object as Wire['benefits'][number];
  const name = kind === 'products' ? (object as Wire['products'][number]).name : '';
  const claims = claimsOf({ name, metadata }, ownerKeys.product);
  if (claims.some((claim) => claim !== product)) return undefined;
  const { [KEY]: written } = metadata;
  const adopted = adoptedKey(kind, object, product);
  if (claims.length === 0) return adopted !== undefined && wanted[kind].has(adopted) ? adopted : undefined;
  return typeof written === 'string' ? written : (adopted ?? `id:${object.id}`);
}

/** What an object stands for that this command did not make: a plan by its name, a page by its content id (as MonaKiosk writes it). */
function adoptedKey(kind: Kind, object: WireObject, product: string): string | undefined {
  if (kind === 'discounts') return undefined;
  const { metadata } = object as Wire['benefits'][number];
  const { [CONTENT_ID]: content } = metadata;
  if (kind === 'products') {
    const named = readProductName((object as Wire['products'][number]).name);
    if (named?.slug === product) return `plan:${named.plan}`;
  }
  if (typeof content !== 'string') return undefined;
  const page = content.replace(/\/\*$/, '');
  const { type } = object as Wire['benefits'][number];
  if (kind === 'products' || type === 'custom') return `page:${page}`;
  return type === 'downloadables' ? `files:${page}` : undefined;
}
