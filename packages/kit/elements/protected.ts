/** HTML of the site's own, parsed; it brings no scripts to life. */
export type ProtectedContent =
  | { ok: true; content: DocumentFragment }
  | {
      ok: false;
      /** `refused`: the site does not accept the token. `misplaced`: the page is written wrongly, and no time helps. */
      reason: 'refused' | 'failed' | 'misplaced';
    };

/** Whoever waits longer is told, and it is tried again. */
const TIMEOUT_MS = 15_000;

/**
 * Fetches what is behind a paywall from the site's own server, with the entitlement token. Never from another origin
 * and never along a redirect, since the token would go there too (ADR 41).
 */
export async function fetchProtected(
  src: string,
  token: string,
  signal: AbortSignal,
): Promise<ProtectedContent> {
  const url = new URL(src, document.baseURI);
  if (url.origin !== location.origin) {
    console.error(`floe: <floe-paywall src> must be of this site, and ${url.origin} is not.`);
    return { ok: false, reason: 'misplaced' };
  }
  try {
    const response = await fetch(url, {
      headers: { accept: 'text/html', authorization: `Bearer ${token}` },
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (response.status === 401 || response.status === 403) return { ok: false, reason: 'refused' };
    if (!response.ok || !(response.headers.get('content-type') ?? '').includes('text/html'))
      return { ok: false, reason: 'failed' };
    const template = document.createElement('template');
    template.innerHTML = trust(await response.text());
    return { ok: true, content: document.importNode(template.content, true) };
  } catch {
    return { ok: false, reason: 'failed' };
  }
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createHTML: (html: string) => string },
  ): {
    createHTML(html: string): string;
  };
}
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** Pages that demand Trusted Types allow the policy `floe`: this is the site's own HTML, as if it had been in the page. */
function trust(html: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy('floe', { createHTML: (text) => text });
  return policy ? policy.createHTML(html) : html;
}
