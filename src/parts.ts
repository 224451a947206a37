import type { App } from './http/route.ts';

/** A part of the gateway's HTTP. It is loaded when its first request comes, so that an isolate starts sooner. */
interface Part {
  /** Whether it has all routes of an address. */
  has: (path: string) => boolean;
  load: () => Promise<App>;
}

const VISITORS = /^\/(console$|$|(sign-in|sign-out|portal|checkout|return|gift)(\/|$))/;

const PARTS: readonly Part[] = [
  {
    has: (path) => path.startsWith('/v1/') || path === '/.well-known/jwks.json',
    load: async () => {
      const [{ composeApp }, { mountForApps }] = await Promise.all([
        import('./compose-app.ts'),
        import('./apps.part.ts'),
      ]);
      return composeApp(mountForApps);
    },
  },
  {
    has: (path) => path.startsWith('/admin/') || path === '/health',
    load: async () => {
      const [{ composeApp }, { mountForOperators }] = await Promise.all([
        import('./compose-app.ts'),
        import('./operators.part.ts'),
      ]);
      return composeApp(mountForOperators);
    },
  },
  {
    has: (path) => VISITORS.test(path),
    load: async () => {
      const [{ composeApp }, { mountForVisitors }] = await Promise.all([
        import('./compose-app.ts'),
        import('./visitors.part.ts'),
      ]);
      return composeApp(mountForVisitors);
    },
  },
  { has: () => true, load: async () => (await import('./app.ts')).createApp() },
];

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
