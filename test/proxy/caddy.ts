import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import { readRecipe, runProxy } from './child.ts';
import type { Between } from './nginx.ts';

/* A real Caddy, with the configuration that docs/proxies.md tells people to use. */

export interface Caddy {
  port: number;
  close(): Promise<void>;
}

/** Starts Caddy before a site. `change` may take something out of the recipe. Resolves when it listens. */
export async function startCaddy(
  { gateway, site, root }: Between,
  change: (recipe: string) => string = (recipe) => recipe,
): Promise<Caddy> {
  const directory = await mkdtemp(path.join(tmpdir(), 'floe-caddy-'));
  const port = await reservePort(0, 'caddy', '');
  const recipe = await readRecipe('caddyfile', [
    // Readers come without TLS: it changes nothing of what is tested.
    ['shop.example.com {', `http://shop.example.com:${port} {\n\tbind ${HOST}`],
    ['forward_auth https://pay.example.com {', `forward_auth https://${gateway} {`],
    ['127.0.0.1:3000', site],
    ['app=quay-live', 'app=quay-sandbox'],
    ['max_age=60', 'max_age=2'],
    ['response_header_timeout 5s', 'response_header_timeout 1s'],
  ]);
  await writeFile(
    path.join(directory, 'Caddyfile'),
    `{\n\tadmin off\n\tauto_https off\n}\n${change(recipe)}`,
  );
  const command = [inject('caddy'), 'run', '--config', 'Caddyfile', '--adapter', 'caddyfile'] as const;
  // The roots that Caddy trusts are the system's: here only ours. All that it keeps goes with the test.
  const env = {
    SSL_CERT_FILE: root,
    SSL_CERT_DIR: directory,
    HOME: directory,
    XDG_DATA_HOME: directory,
    XDG_CONFIG_HOME: directory,
  };
  return { port, close: await runProxy(command, { directory, port, env }) };
}
