import type { FloeOptions } from './options.ts';
import type { Place } from './pages-data.rules.ts';
import { createPlugin } from './plugin.ts';
import type { AstroConfig, FloeAstroIntegration } from './vite-types.ts';

export type { FloeOptions } from './options.ts';

/**
 * An integration of Astro: a build fails when what the site sells is written wrong, and `virtual:floe/catalog` has pages, prices and what the gate asks for.
 * @example
 * export default defineConfig({ integrations: [floe()] });
 */
export default function floe(options?: FloeOptions): FloeAstroIntegration {
  let place: Partial<Place> = {};
  const { plugin, describeUnasked } = createPlugin(options, () => place);
  return {
    name: 'floe',
    hooks: {
      'astro:config:setup': (setup) => {
        setup.updateConfig({ vite: { plugins: [plugin] } });
      },
      'astro:routes:resolved': ({ routes }) => {
        const shown = routes.filter(
          ({ type, origin }) => origin !== 'internal' && (type === 'page' || type === 'endpoint'),
        );
        place = {
          ...place,
          routes: shown.map(({ pattern: path, patternRegex, entrypoint, isPrerendered }) => ({
            path,
            pattern: patternRegex,
            isFixed: !path.slice(path.lastIndexOf('/')).includes('['),
            file: entrypoint,
            isPrerendered,
          })),
        };
      },
      'astro:build:done': async ({ logger }) => {
        const unasked = await describeUnasked();
        if (unasked !== undefined) logger.warn(unasked);
      },
      'astro:config:done': (done) => {
        const { base, i18n } = done.config;
        place = { ...place, base, locales: localesOf(i18n) };
        done.injectTypes({
          filename: 'catalog.d.ts',
          content: '/// <reference types="floe/catalog-module" />\n',
        });
      },
    },
  };
}

/** As addresses have them, the default one first. */
function localesOf(i18n: AstroConfig['i18n']): string[] {
  const isDefault = (each: string | { path: string; codes: string[] }) =>
    typeof each === 'string'
      ? each === i18n?.defaultLocale
      : [each.path, ...each.codes].includes(i18n?.defaultLocale ?? '');
  return (i18n?.locales ?? [])
    .toSorted((a, b) => Number(isDefault(b)) - Number(isDefault(a)))
    .map((each) => (typeof each === 'string' ? each : each.path));
}
