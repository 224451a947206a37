import { readProductName } from '../../../kit/product-owners.ts';
import type { Kind } from '../model/catalog.rules.ts';
import { CONTENT_ID, KEY } from '../model/metadata.rules.ts';
import { freeName, nameOfText, PREFIXES } from '../naming/key-names.rules.ts';
import type { Wire, WireObject } from './polar-objects.rules.ts';

/* The key of an object at Polar: what this command wrote, what it stands for by a convention, or what it is called. */

/** Ids of content by what else they are called. */
export type Known = ReadonlyMap<string, string>;

/** What identifies a file: bytes, name and use. */
export const fileKey = (file: {
  service: string;
  name: string;
  checksum_sha256_base64?: string | null | undefined;
}): string => `${file.service}:${file.checksum_sha256_base64 ?? ''}:${file.name}`;

/** The keys that a file at Polar may have here: as it is called, and as MonaKiosk called it, whose names are spelled like addresses. */
export function fileKeys(file: Wire['files'][number]): string[] {
  return [...new Set([file.name, plainName(file.name)])].map((name) => fileKey({ ...file, name }));
}

function plainName(name: string): string {
  try {
    return decodeURI(name);
  } catch {
    // A name with a percent sign of its own.
    return name;
  }
}

/**
 * The keys of all objects of a kind, by id. An object that says nothing of itself is named after its name or description: always alike, also when others
 * come, since of two that are called alike the first one of `objects` has the plain name. `standsFor`: the key by a convention, where it means something.
 */
export function nameObjects(
  kind: Exclude<Kind, 'files'>,
  objects: readonly WireObject[],
  product: string,
  standsFor: (object: WireObject) => string | undefined,
): Map<string, string> {
  const keys = new Map<string, string>();
  for (const object of objects) {
    const key = writtenKey(object) ?? standsFor(object);
    if (key !== undefined) keys.set(object.id, key);
  }
  const taken = new Set(keys.values());
  for (const object of objects) {
    if (keys.has(object.id)) continue;
    const plain = nameOfText(textOf(kind, object, product), PREFIXES[kind]);
    const keyed = (name: string) => `${PREFIXES[kind]}:${name}`;
    const key = keyed(freeName(plain, object.id, (name) => taken.has(keyed(name))));
    taken.add(key);
    keys.set(object.id, key);
  }
  return keys;
}

export function writtenKey(object: WireObject): string | undefined {
  const { [KEY]: key } = 'metadata' in object ? (object.metadata as Record<string, unknown>) : {};
  return typeof key === 'string' ? key : undefined;
}

/** What an object stands for that this command did not make: a plan by its name, a page by its content id (as MonaKiosk writes it). */
export function conventionalKey(
  kind: Kind,
  object: WireObject,
  product: string,
  alsoKnown: Known = new Map(),
): string | undefined {
  if (kind !== 'products' && kind !== 'benefits') return undefined;
  const { metadata, type } = object as Wire['benefits'][number];
  const { [CONTENT_ID]: content } = metadata;
  if (kind === 'products') {
    const named = readProductName((object as Wire['products'][number]).name);
    if (named?.slug === product) return `plan:${named.plan}`;
  }
  if (typeof content !== 'string') return undefined;
  const named = content.replace(/\/\*$/, '');
  const page = alsoKnown.get(named) ?? named;
  if (kind === 'products' || type === 'custom') return `page:${page}`;
  return type === 'downloadables' ? `files:${page}` : undefined;
}

/** What people know an object by. A field's slug begins with the product, which says nothing here. */
function textOf(kind: Exclude<Kind, 'files'>, object: WireObject, product: string): string {
  if (kind === 'benefits') return (object as Wire['benefits'][number]).description;
  if (kind !== 'fields') return (object as Wire['products'][number]).name;
  const { slug } = object as Wire['fields'][number];
  return slug.startsWith(`${product}-`) ? slug.slice(product.length + 1) : slug;
}
