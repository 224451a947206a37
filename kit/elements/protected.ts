/** HTML of the site's own, parsed; it brings no scripts to life. */
export type ProtectedContent = { ok: true; content: DocumentFragment } | { ok: false };

/**
 * Fetches what is behind a paywall from the site's own server, with the entitlement token: good for five minutes, this app
 * and reading. Never from elsewhere, never along a redirect: the token would go with it.
 */
export async function fetchProtected(
  src: string,
  token: string,
  signal: AbortSignal,
): Promise<ProtectedContent> {
  const url = new URL(src, document.baseURI);
  if (url.origin !== location.origin) {
    console.error(`floe: <floe-paywall src> must be of this site, and ${url.origin} is not.`);
    return { ok: false };
  }
  try {
    const response = await fetch(url, {
      headers: { accept: 'text/html', authorization: `Bearer ${token}` },
      cache: 'no-store',
      redirect: 'error',
      signal,
    });
    if (!response.ok || !(response.headers.get('content-type') ?? '').includes('text/html'))
      return { ok: false };
    const template = document.createElement('template');
    template.innerHTML = trust(await response.text());
    return { ok: true, content: document.importNode(template.content, true) };
  } catch {
    return { ok: false };
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
