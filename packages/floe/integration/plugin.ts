import { checkDrift } from './check-drift.ts';
import { createBuildContext } from './build-context.ts';
import type { FloeOptions } from './options.ts';
import type { Place } from './pages-data.rules.ts';
import { readOptions } from './read-options.rules.ts';
import { readSite, type Site } from './read-site.ts';
import { toSiteError } from './site-error.ts';
import type { FloeVitePlugin } from './vite-types.ts';
import { warningsOf } from './warnings.rules.ts';
import { filesOf, outcomeOf, watchSite } from './watch-site.ts';

const MODULE = 'virtual:floe/catalog';
/** What Rollup's plugins call a module that is no file. */
const MODULE_ID = `\0${MODULE}`;

/** How long a build asks Polar, milliseconds. */
const LONGEST_MS = 180_000;

/** What a build uses of the catalogue. */
interface SitePlugin {
  plugin: FloeVitePlugin;
  /** Why a whole site, once it is built, gates nothing; undefined when it does, or sells nothing. */
  describeUnasked: () => Promise<string | undefined>;
}

/** `place`: where the site is served, when the plugin is called; what Vite knows counts where it gives nothing. */
export function createPlugin(options: FloeOptions | undefined, place: () => Partial<Place>): SitePlugin {
  let root = '';
  let base = '/';
  let isBuild = false;
  let isAsked = false;
  let say = (_line: string) => {};
  let warn = say;
  /** One reading for all parts of a build: its server, its pages, its browser code. */
  let reading: Promise<Site> | undefined;
  let checking: Promise<void> | undefined;

  const where = (): Place => ({ base, locales: [], routes: [], ...place() });
  const context = () => createBuildContext(root, say, AbortSignal.timeout(LONGEST_MS));

  async function orSiteError<Made>(work: () => Promise<Made>): Promise<Made> {
    try {
      return await work();
    } catch (error) {
      throw await toSiteError(error, root);
    }
  }
  const read = () => orSiteError(() => readSite(context(), readOptions(options).config, where()));
  const site = () => (reading ??= read());

  /** Once a build, whatever has read the site before: Astro's server for types may. */
  const check = () =>
    orSiteError(async () => {
      const { source } = await site();
      await checkDrift(context(), source, readOptions(options));
      for (const line of warningsOf(source, where())) warn(line);
    });

  const plugin: FloeVitePlugin = {
    name: 'floe',
    configResolved(config) {
      ({ root, base } = config);
      const builds = config.command === 'build';
      // Astro's build begins with a server for its types, which may have read the site and has not compared it with what was pushed.
      if (builds && !isBuild) reading = undefined;
      isBuild = builds;
      say = (line) => config.logger.info(`floe: ${line}`);
      warn = (line) => config.logger.warn(`floe: ${line}`);
    },
    async buildStart() {
      // A server that is developed on goes on with a mistake, and shows it.
      if (!isBuild) return;
      if (!this.meta.watchMode) {
        await (checking ??= check());
        return;
      }
      reading = read();
      const outcome = await outcomeOf(reading);
      for (const file of filesOf(outcome, { root, config: options?.config })) this.addWatchFile(file);
      if ('error' in outcome) throw outcome.error;
      await check();
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
      isAsked ||= isBuild;
      const { data } = await site();
      return `import { soldPages } from '@floe/kit/catalog';
export const { pages, pageOf, resourceOf } = soldPages(${JSON.stringify(data)});
`;
    },
  };
  return {
    plugin,
    async describeUnasked() {
      const { source, data } = await site();
      const isSelling = data.opens.length > 0 && source.pages.length > 0;
      return isAsked || !isSelling
        ? undefined
        : `${source.file} sells pages, and nothing imports ${MODULE}: they are open to everybody, unless the site asks by itself. src/middleware.ts is where it is imported.`;
    },
  };
}
