/*
 * Whose a product is, by its name and metadata: one rule, for the gateway that sells and for the command line that pushes catalogues.
 */

/** The keys of metadata at Polar that say whose an object is: the product's slug, its plan, and who is asked about it. */
export interface OwnerKeys {
  product: string;
  plan: string;
  owner: string;
}

/** As the gateway reads them unless it is told otherwise, and as organizations write them that share a catalogue. */
export const OWNER_PRESETS: Readonly<Record<'gateway' | 'uncle-z', OwnerKeys>> = {
  gateway: { product: 'gateway_product', plan: 'gateway_plan', owner: 'gateway_owner' },
  'uncle-z': { product: 'uncle_z_product', plan: 'uncle_z_plan', owner: 'owner_email' },
};

/** `quay:pro` → `{slug: 'quay', plan: 'pro'}`; a name of another form says nothing. */
export function readProductName(name: string): { slug: string; plan: string } | undefined {
  const match = /^([a-z0-9]+(?:-[a-z0-9]+)*):(\S+)$/.exec(name.trim());
  return match?.[1] && match[2] ? { slug: match[1], plan: match[2] } : undefined;
}

/** The slug that metadata names as the owner under `key`; undefined when it names none. An empty text names nobody, and so no app owns it. */
export function readOwner(metadata: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const named = metadata[key];
  // A slug has no upper case and no white space, so the typed text can be normalized safely.
  return typeof named === 'string' ? named.trim().toLowerCase() : undefined;
}

/** The slugs that an object says it belongs to: by its metadata, by its name. */
export function claimsOf(
  object: { name?: string; metadata: Readonly<Record<string, unknown>> },
  key: string,
): string[] {
  return [readOwner(object.metadata, key), readProductName(object.name ?? '')?.slug].filter(
    (claim) => claim !== undefined,
  );
}
