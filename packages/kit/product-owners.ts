/*
 * Whose a product is, by its name and metadata: one rule, for the gateway that sells and for the command line that pushes catalogues.
 */

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
