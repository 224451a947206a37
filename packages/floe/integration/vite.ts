import type { FloeOptions } from './options.ts';
import { createPlugin } from './plugin.ts';
import type { FloeVitePlugin } from './vite-types.ts';

export type { FloeOptions } from './options.ts';

/**
 * A plugin of Vite: a build fails when what the site sells is written wrong, and `virtual:floe/catalog` has pages, prices and what the gate asks for. In Astro take
 * `floe/astro`.
 * @example
 * export default defineConfig({ plugins: [floe()] });
 */
export default function floe(options?: FloeOptions): FloeVitePlugin {
  return createPlugin(options, () => ({})).plugin;
}
