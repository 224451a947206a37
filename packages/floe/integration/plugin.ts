import { checkDrift } from './check-drift.ts';
import { createBuildContext } from './build-context.ts';
import type { FloeOptions } from './options.ts';
import type { Place } from './pages-data.rules.ts';
import { readOptions } from './read-options.rules.ts';
import { readSite, type Site } from './read-site.ts';
import { toSiteError } from './site-error.ts';
import type { FloeVitePlugin } from './vite-types.ts';
import { filesOf, outcomeOf, watchSite } from './watch-site.ts';

const MODULE = 'virtual:floe/catalog';
/** What Rollup's plugins call a module that is no file. */
const MODULE_ID = `\0${MODULE}`;

/** How long a build asks Polar, milliseconds. */
const LONGEST_MS = 180_000;

/** `place`: where the site is served, when the plugin is called; what Vite knows counts where it gives nothing. */
export function createPlugin(options: FloeOptions | undefined, place: () => Partial<Place>): FloeVitePlugin {
  let root = '';
  let base = '/';
  let isBuild = false;
  let say = (_line: string) => {};
  /** One reading for all parts of a build: its server, its pages, its browser code. */
  let reading: Promise<Site> | undefined;

  async function read(): Promise<Site> {
    try {
      const { config, ...drift } = readOptions(options);
      const context = createBuildContext(root, say, AbortSignal.timeout(LONGEST_MS));
      const site = await readSite(context, config, { base, locales: [], ...place() });
      if (isBuild) await checkDrift(context, site.source, drift);
      return site;
    } catch (error) {
      throw await toSiteError(error, root);
    }
  }
  const site = () => (reading ??= read());

  return {
    name: 'floe',
    configResolved(config) {
      ({ root, base } = config);
      const builds = config.command === 'build';
      // Astro's build begins with a server for its types, which may have read the site and has not compared it with what was pushed.
      if (builds && !isBuild) reading = undefined;
      isBuild = builds;
      say = (line) => config.logger.info(`floe: ${line}`);
    },
    async buildStart() {
      // A server that is developed on goes on with a mistake, and shows it.
      if (!isBuild) return;
      if (!this.meta.watchMode) return void (await site());
      reading = read();
      const outcome = await outcomeOf(reading);
      for (const file of filesOf(outcome, { root, config: options?.config })) this.addWatchFile(file);
      if ('error' in outcome) throw outcome.error;
    },
    async configureServer(server) {
      // Astro's build starts a server of its own for its types, which watches nothing.
      if (server.config.server.watch === null) return;
      await watchSite(server, {
        root,
        config: options?.config,
        moduleId: MODULE_ID,
        current: site,
        again: () => (reading = read()),
      });
    },
    resolveId: (id) => (id === MODULE ? MODULE_ID : undefined),
    async load(id) {
      if (id !== MODULE_ID) return undefined;
      const { data } = await site();
      return `import { soldPages } from '@floe/kit/catalog';
export const { pages, pageOf, resourceOf } = soldPages(${JSON.stringify(data)});
`;
    },
  };
}
