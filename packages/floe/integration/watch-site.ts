import path from 'node:path';
import type { SoldPagesData } from '../../kit/sold-pages.ts';
import { CONFIG_NAMES } from '../catalog/source/find-config.ts';
import { concernsSite, type Site, spellFile } from './read-site.ts';
import type { SiteError } from './site-error.ts';
import type { ViteServer } from './vite-types.ts';

/** An editor saves in several steps, and a branch that is checked out changes many files. */
const SETTLE_MS = 50;

interface Watched {
  root: string;
  config: string | undefined;
  /** The module's name in Vite's graphs. */
  moduleId: string;
  /** The catalogue as it was read last. Fails as often as it is asked, while there is a mistake. */
  current: () => Promise<Site>;
  /** Reads it anew. */
  again: () => Promise<Site>;
}

/** Reads the catalogue again when a page or the configuration changes, and shows a mistake in the browser until it is mended. */
export async function watchSite(
  server: ViteServer,
  { root, config, moduleId, current, again }: Watched,
): Promise<void> {
  let known = await outcomeOf(current());
  // Vite watches its root alone.
  const watchOutside = () => {
    const outside = filesOf(known, { root, config }).filter((file) => spellFile(root, file).startsWith('..'));
    server.watcher.add(outside.map((file) => path.dirname(file)));
  };
  watchOutside();
  const pages = () => new Set('site' in known ? known.site.source.pages.map(({ file }) => file) : []);
  const show = () => {
    if (!('error' in known)) return;
    const { message, id, loc, frame, plugin } = known.error;
    server.ws.send({ type: 'error', err: { message, stack: '', id, loc, frame, plugin } });
  };
  const say = () => {
    if ('error' in known) server.config.logger.error(known.error.message);
  };

  let timer: ReturnType<typeof setTimeout> | undefined;
  /** One after the other: an earlier reading that takes longer must not win. */
  let turn = Promise.resolve();
  const readAgain = async () => {
    const before = known;
    known = await outcomeOf(again());
    if (isSame(before, known)) return;
    watchOutside();
    say();
    for (const { moduleGraph, hot } of Object.values(server.environments)) {
      const module = moduleGraph.getModuleById(moduleId);
      if (module) moduleGraph.invalidateModule(module);
      // A page that is there loads again, and what runs on the server forgets what it had.
      if (module || 'error' in before) hot.send({ type: 'full-reload' });
    }
    show();
  };
  server.watcher.on('all', (event, file) => {
    if (!concernsSite({ root, config, pages: pages() }, event, file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      turn = turn.then(readAgain);
    }, SETTLE_MS);
  });
  server.ws.on('connection', show);
  say();
}

/** Whole paths of the files that a catalogue was read from, or of the one that is wrong, and of its configuration. */
export function filesOf(outcome: Outcome, { root, config }: Pick<Watched, 'root' | 'config'>): string[] {
  const found =
    'site' in outcome
      ? [outcome.site.source.file, ...outcome.site.source.pages.map(({ file }) => file)]
      : [config ?? CONFIG_NAMES, outcome.error.id ?? []].flat();
  return found.map((file) => path.resolve(root, file));
}

type Outcome = { site: Site } | { error: SiteError };

export const outcomeOf = (reading: Promise<Site>): Promise<Outcome> =>
  reading.then(
    (site) => ({ site }),
    (error: unknown) => ({ error: error as SiteError }),
  );

const textOf = (data: SoldPagesData) => JSON.stringify(data);

const isSame = (a: Outcome, b: Outcome) =>
  'site' in a && 'site' in b
    ? textOf(a.site.data) === textOf(b.site.data)
    : 'error' in a && 'error' in b && a.error.message === b.error.message;
