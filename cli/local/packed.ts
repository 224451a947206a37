import { Response } from 'miniflare';

/*
 * What package managers install from the gateway on this machine alone. It takes some seconds to make, so it is made when it is first asked
 * for: starting takes no longer.
 */

const WORKER = 'packed';

/** A file beside the gateway's own, at a path of its. */
export interface Packed {
  path: string;
  make: () => Promise<Uint8Array>;
}

/** A worker beside the gateway's. Requests for the path come to it, all others to the gateway. */
export function packedWorker({ path, make }: Packed) {
  let making: Promise<Uint8Array> | undefined;
  return {
    name: WORKER,
    compatibilityDate: '2026-10-30',
    routes: [`*${path}`],
    modules: [
      {
        type: 'ESModule' as const,
        path: 'packed.js',
        contents: 'export default { fetch: (request, env) => env.PACKED.fetch(request) };',
      },
    ],
    serviceBindings: {
      async PACKED() {
        try {
          making ??= make();
          const headers = { 'content-type': 'application/gzip', 'cache-control': 'no-cache' };
          return new Response(await making, { headers });
        } catch (error) {
          // The next request tries again.
          making = undefined;
          console.error('The command line could not be packed:', error);
          return new Response('It could not be packed: the terminal of npm start says why.\n', {
            status: 500,
          });
        }
      },
    },
  };
}
