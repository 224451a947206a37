import { listField, textsField } from '../http.ts';
import { type Acts, createActs } from './acts.ts';
import { createAskAccess } from './ask-access.ts';
import { createCallers } from './callers.ts';
import { createChains } from './chains.ts';
import type { Happening } from './happenings.ts';
import { createMasker } from './mask.rules.ts';
import { readReport } from './read-reports.ts';
import { createReaders } from './readers.ts';
import { createLiveServer } from './server.ts';
import { createStream } from './stream.ts';
import { type Database, type Told, watchTold } from './told.ts';
import { UNWATCHED_HEADER, type Watch } from './watch-worker.ts';

/*
 * What happens, as it happens: requests as the watching worker sees them, events and deliveries as the gateway has noted them, in one
 * stream. The terminal and the live page read it.
 */

interface Options {
  urls: { gateway: string; site: string };
  polar: { url: string; accessToken: string; isSimulated: boolean };
  /** Secrets of this machine that are never shown. */
  secrets: readonly string[];
  adminToken: string;
  /** The page of the shop that an app's product opens. */
  shopPathOf: (app: string) => string | undefined;
}

interface AppKeys {
  slug: string;
  secretKey: string;
  publishableKey: string;
}

export interface Live {
  url: string;
  watch: Watch;
  /** Reads the gateway's record from now on. */
  begin(database: Database): Promise<void>;
  /** From now on the keys of these apps are known, and the buttons work. */
  ready(apps: readonly AppKeys[]): void;
  /** Notes that everything answers. `ms`: how long the start took; `where`: the addresses of what runs. */
  tellReady(ms: number, where: Readonly<Record<string, string>>): Happening;
  /** Calls `listener` for each happening from now on. */
  subscribe(listener: (happening: Happening) => void): void;
  close(): Promise<void>;
}

const ORIGINS_MS = 2_000;

export async function createLive(options: Options): Promise<Live> {
  const { urls, polar, adminToken } = options;
  const url = `${urls.gateway}/live`;
  const masker = createMasker(options.secrets);
  const stream = createStream(url, masker.text);
  const readers = createReaders(stream);
  const chains = createChains();
  const callers = createCallers();
  const keys = new Map<string, string>();
  const parts = { chains, callers, masker };
  const askAccess = createAskAccess({
    gatewayUrl: urls.gateway,
    keyOf: (app) => keys.get(app),
    chains,
    masker,
    add: (happening) => stream.add(happening),
  });
  callers.know(adminToken, { name: 'operator', chain: null });
  let acts: Acts | undefined;
  let told: Told | undefined;
  const serve = await createLiveServer({
    gatewayUrl: urls.gateway,
    siteUrl: urls.site,
    polarUrl: polar.url,
    isSimulated: polar.isSimulated,
    stream,
    readers,
    acts: () => acts,
    origins: rememberOrigins(() => readOrigins(urls.gateway, adminToken)),
  });
  return {
    url,
    watch: {
      serve,
      hear(reports, lost) {
        for (const report of reports) {
          const happening = readReport(parts, report);
          if (happening) stream.add(happening);
        }
        if (lost > 0) stream.add(lostReports(lost));
        told?.stir();
      },
    },
    async begin(database) {
      told = await watchTold({
        database,
        chains,
        masker,
        add: (happening) => stream.add(happening),
        onEvent: (event) => askAccess.onEvent(event),
      });
    },
    ready(apps) {
      for (const { slug, secretKey, publishableKey } of apps) {
        keys.set(slug, secretKey);
        callers.know(secretKey, { name: slug, chain: null });
        callers.know(publishableKey, { name: slug, chain: null });
      }
      acts = createActs({
        polarUrl: polar.url,
        accessToken: polar.accessToken,
        isSimulated: polar.isSimulated,
        chains,
        shopPathOf: options.shopPathOf,
      });
    },
    tellReady: (ms, where) =>
      stream.add({
        at: Date.now(),
        kind: 'ready',
        what: 'floe ready',
        whom: null,
        result: 'ready',
        ok: true,
        duration_ms: ms,
        payload: { ...where, live: url },
        chain: null,
      }),
    subscribe(listener) {
      stream.subscribe(({ happening }) => listener(happening));
    },
    async close() {
      askAccess.close();
      readers.close();
      await told?.close();
    },
  };
}

function lostReports(count: number) {
  return {
    at: Date.now(),
    kind: 'request' as const,
    what: `${count} requests more than could be shown`,
    whom: null,
    result: 'not shown',
    ok: true,
    duration_ms: null,
    payload: null,
    chain: null,
  };
}

async function readOrigins(gatewayUrl: string, adminToken: string): Promise<string[]> {
  const response = await fetch(`${gatewayUrl}/admin/apps`, {
    headers: { authorization: `Bearer ${adminToken}`, [UNWATCHED_HEADER]: '1' },
  });
  const answer: unknown = await response.json();
  return listField({ ...Object(answer) }, 'data').flatMap((app) => textsField(app, 'origins'));
}

/** Pages that may not read ask again and again. An origin can be registered while Floe runs. */
function rememberOrigins(read: () => Promise<string[]>): () => Promise<readonly string[]> {
  let known: Promise<readonly string[]> = Promise.resolve([]);
  let readAt = 0;
  return () => {
    if (Date.now() - readAt > ORIGINS_MS) {
      readAt = Date.now();
      known = read().catch(() => []);
    }
    return known;
  };
}
