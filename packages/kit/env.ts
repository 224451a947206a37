import { createGate, type Gate } from './gate.ts';
import { isPublicBy } from './gate-public.ts';
import { type CommonOptions, type GateOptions, readMode } from './gate-settings.ts';

/** Where a site's settings are: `process.env`, `import.meta.env`, Cloudflare's `env`, or a function such as Astro's `getSecret`. */
export type Env = object | Read;
type Read = (name: string) => unknown;

/** All options of `createGate` that are not in the environment. */
type OtherOptions = Omit<CommonOptions, 'gateway' | 'app'>;

/**
 * A gate whose gateway, app and secret key are in the environment: `FLOE_GATEWAY`, `FLOE_APP` and `FLOE_SECRET_KEY`; also the
 * site's own origin, `FLOE_ORIGIN`, where that is set and not among the options. The environment is read at the first request,
 * so that a site can be built where its key is not.
 * @example
 * const gate = gateFromEnv(process.env, { resource: 'content:blog/premium' });
 * @throws {TypeError} at each request, naming the variable that is empty, not set or wrong
 */
export function gateFromEnv(env: Env, options: OtherOptions): Gate {
  const read = typeof env === 'function' ? (env as Read) : (name: string): unknown => Reflect.get(env, name);
  let made: Gate | undefined;
  const gate = (): Gate => (made ??= createGate(readOptions(read, options)));
  return new Proxy((() => undefined) as unknown as Gate, {
    apply: (_target, _self, [request]: [Request]) => gate()(request),
    get: (_target, name) =>
      name === 'isPublic'
        ? (request: Request) => isPublicBy(options.resource, request)
        : (Reflect.get(gate(), name) as unknown),
  });
}

function readOptions(read: Read, options: OtherOptions): GateOptions {
  const origin = read('FLOE_ORIGIN');
  const secretKey = readVariable(read, 'FLOE_SECRET_KEY', 'the app’s secret key, floe_sk_…');
  readMode('floe', 'FLOE_SECRET_KEY', secretKey);
  return {
    ...(typeof origin === 'string' && origin !== '' ? { origin } : {}),
    ...options,
    gateway: readVariable(read, 'FLOE_GATEWAY', 'the gateway’s address'),
    app: readVariable(read, 'FLOE_APP', 'the app’s slug, such as quay-live'),
    secretKey,
  };
}

function readVariable(read: Read, name: string, what: string): string {
  const value = read(name);
  if (typeof value === 'string' && value !== '') return value;
  const state = value === '' ? 'is empty' : 'is not set';
  throw new TypeError(
    `floe: ${name} ${state} in the environment that gateFromEnv was given. It holds ${what}.`,
  );
}
