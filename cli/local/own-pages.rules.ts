import { fail, ok, type Result } from '../../src/base/result.rules.ts';

/** Pages of the developer's own that an app of the local gateway is to know. */
export interface OwnPages {
  /** The app's slug. */
  app: string;
  origins: readonly string[];
  /** Where buyers may come back to: these addresses and all beneath them. */
  callbackUrls: readonly string[];
}

interface Given {
  origin?: string[] | undefined;
  callback?: string[] | undefined;
  app?: string | undefined;
}

const DEFAULT_APP = 'quay-sandbox';
const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.\d+){3})$/;

/**
 * What `--origin`, `--callback` and `--app` say; undefined when there is none of them. An origin without a callback of its own
 * allows all its pages to be come back to. Fails with a sentence for each value that is not understood.
 */
export function readOwnPages({
  origin = [],
  callback = [],
  app,
}: Given): Result<OwnPages | undefined, string> {
  if (origin.length + callback.length === 0)
    return app === undefined
      ? ok(undefined)
      : fail('--app says which app --origin and --callback are for. Give it together with one of them.');
  const wrong: string[] = [];
  const origins = origin.map((value) => readOrigin(value, wrong));
  const named = callback.map((value) => readCallback(value, wrong));
  if (wrong.length > 0) return fail(wrong.join('\n'));
  const implied = origins
    .filter((each) => isSafe(new URL(each)) && !named.some((url) => new URL(url).origin === each))
    .map((each) => `${each}/`);
  return ok({ app: app || DEFAULT_APP, origins, callbackUrls: [...named, ...implied] });
}

/**
 * What is registered now, in a sentence, and where buyers of a payment without `success_url` come back to: the first that the app knows.
 * `by`: who keeps it.
 */
export function describeRegistered(
  { app, origins, callbackUrls }: OwnPages,
  first: string,
  by: string,
): string {
  const wholeSites = origins.map((origin) => `${origin}/`);
  const named = callbackUrls.filter((url) => !wholeSites.includes(url));
  const isWhole = callbackUrls.length > named.length;
  const back = [
    ...(isWhole ? ['every page there'] : []),
    ...named.map((url) => `${url} and the addresses beneath it`),
  ];
  const parts = [
    ...(origins.length > 0 ? [`Pages of ${origins.join(' and ')} may use ${app} now`] : []),
    ...(back.length > 0
      ? [`${origins.length > 0 ? 'buyers' : `Buyers of ${app}`} may come back to ${back.join(', and to ')}`]
      : []),
  ];
  return `${parts.join('; ')} (${by}).
Buyers of payments without success_url come back to ${first}.`;
}

function readOrigin(value: string, wrong: string[]): string {
  const url = readUrl(value);
  if (url && url.pathname === '/' && url.search === '' && url.hash === '') return url.origin;
  wrong.push(
    `--origin must be an origin such as http://localhost:4321, with no path, not ${JSON.stringify(value)}.`,
  );
  return '';
}

function readCallback(value: string, wrong: string[]): string {
  const url = readUrl(value);
  if (!url || url.search !== '' || url.hash !== '')
    wrong.push(
      `--callback must be an address such as http://localhost:4321/thanks, with no query or fragment, not ${JSON.stringify(value)}.`,
    );
  else if (!isSafe(url))
    wrong.push(`--callback must use https unless it is on this machine, not ${JSON.stringify(value)}.`);
  return url?.href ?? '';
}

function readUrl(value: string): URL | undefined {
  const url = URL.parse(value);
  if (!url || !/^https?:\/\/[^/]/i.test(value) || url.username !== '' || url.password !== '')
    return undefined;
  return url;
}

/** The gateway sends nobody to plain http elsewhere. */
function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || LOOPBACK.test(hostname);
}
