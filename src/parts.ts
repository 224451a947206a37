import type { App } from './http/route.ts';

/** A part of the gateway's HTTP. It is loaded when its first request comes, so that an isolate starts sooner. */
interface Part {
  /** Whether it has all routes of an address. */
  has: (path: string) => boolean;
  load: () => Promise<App>;
}

const VISITORS = /^\/(console$|$|(sign-in|sign-out|portal|checkout|return|gift)(\/|$))/;

/** Before the rest of `/v1`, which would take `export` for an id. */
const EXPORTS = /^\/v1\/(payments|refunds|subscriptions|customers)\/export$/;

const PARTS: readonly Part[] = [
  {
    has: (path) => EXPORTS.test(path),
    load: composing(async () => (await import('./exports.part.ts')).mountForExports),
  },
  {
    has: (path) => path.startsWith('/v1/') || path === '/.well-known/jwks.json',
    load: composing(async () => (await import('./apps.part.ts')).mountForApps),
  },
  {
    has: (path) => path.startsWith('/admin/') || path === '/health',
    load: composing(async () => (await import('./operators.part.ts')).mountForOperators),
  },
  {
    has: (path) => VISITORS.test(path),
    load: composing(async () => (await import('./visitors.part.ts')).mountForVisitors),
  },
  { has: () => true, load: async () => (await import('./app.ts')).createApp() },
];

/** Loads a part, beside what composes it. */
function composing(loadRoutes: () => Promise<(app: App) => void>): () => Promise<App> {
  return async () => {
    const [{ composeApp }, mountPart] = await Promise.all([import('./compose-app.ts'), loadRoutes()]);
    return composeApp(mountPart);
  };
}

const loaded = new Map<Part, App>();

/** The part that answers an address; of one that does not exist the whole, which says so. */
export async function loadPart(path: string): Promise<App> {
  const part = PARTS.find(({ has }) => has(path));
  if (!part) throw new Error('no part has the rest');
  let app = loaded.get(part);
  if (!app) {
    app = await part.load();
    loaded.set(part, app);
  }
  return app;
}
