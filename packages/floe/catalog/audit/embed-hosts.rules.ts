/**
 * Whether Polar lets pages of a host embed its checkout. An entry is a host with an optional port; `*.example.com` is every name beneath it,
 * and not the name itself (`embed_hosts` in Polar's OpenAPI).
 */
export const isEmbedHost = (entries: readonly string[], host: string): boolean =>
  entries.some((entry) => {
    const listed = entry.trim().toLowerCase();
    return listed.startsWith('*.') ? host.endsWith(listed.slice(1)) : listed === host;
  });
