/** What `floe/vite` and `floe/astro` read of a site's catalogue. */
declare module 'virtual:floe/catalog' {
  import type { SoldPages } from '@floe/kit/catalog';

  export type { CatalogPage } from '@floe/kit/catalog';
  /** Every page of the configuration's `content`, sold or not. */
  export const pages: SoldPages['pages'];
  /** The page of an entry of an Astro collection, or of a file as `pages` names it. */
  export const pageOf: SoldPages['pageOf'];
  /** For the gate: `gateFromEnv(getSecret, { resource: resourceOf })`. */
  export const resourceOf: SoldPages['resourceOf'];
}
