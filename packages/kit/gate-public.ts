import { spellPath } from './gate-path.ts';
import type { ResourceOf } from './gate-settings.ts';

/**
 * Whether everybody may have what is at the request's address, in its one spelling: by the site's own word, without a gateway, a key or a visitor. The request has
 * no headers, which frameworks that build pages warn of.
 */
export async function isPublicBy(resource: string | ResourceOf, { url: asked }: Request): Promise<boolean> {
  if (typeof resource === 'string') return false;
  const url = new URL(asked);
  const pathname = spellPath(url.pathname);
  if (pathname === undefined) return false;
  url.pathname = pathname;
  return (await resource(new Request(url))) === null;
}
