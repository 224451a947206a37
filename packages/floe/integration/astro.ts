import type { FloeOptions } from './options.ts';
import type { Place } from './pages-data.rules.ts';
import { createPlugin } from './plugin.ts';
import type { FloeAstroIntegration } from './vite-types.ts';

export type { FloeOptions } from './options.ts';

/**
 * An integration of Astro: a build fails when what the site sells is written wrong, and `virtual:floe/catalog` has pages, prices and what the gate asks for.
 * @example
 * export default defineConfig({ integrations: [floe()] });
 */
export default function floe(options?: FloeOptions): FloeAstroIntegration {
  let place: Partial<Place> = {};
  return {
    name: 'floe',
    hooks: {
      'astro:config:setup': (setup) => {
        setup.updateConfig({ vite: { plugins: [createPlugin(options, () => place)] } });
      },
      'astro:config:done': (done) => {
        const { config } = done;
        const locales = config.i18n?.locales ?? [];
        place = {
          base: config.base,
          locales: locales.map((each) => (typeof each === 'string' ? each : each.path)),
        };
        done.injectTypes({
          filename: 'catalog.d.ts',
          content: '/// <reference types="floe/catalog-module" />\n',
        });
      },
    },
  };
}
