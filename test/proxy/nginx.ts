import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import { readRecipe, runProxy } from './child.ts';

/* A real nginx, with the configuration that docs/proxies.md tells people to use. */

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export interface Nginx {
  port: number;
  /** A second server, which answers with the path as nginx has read it. */
  echoPort: number;
  close(): Promise<void>;
}

/** Addresses, `host:port`: the gateway's speaks TLS. */
export interface Between {
  gateway: string;
  site: string;
  /** The file of the root certificate that the proxy trusts. */
  root: string;
}

/** Starts nginx before a site. `change` may take something out of the recipe. Resolves when it listens. */
export async function startNginx(
  { gateway, site, root }: Between,
  change: (recipe: string) => string = (recipe) => recipe,
): Promise<Nginx> {
  const directory = await mkdtemp(path.join(tmpdir(), 'floe-nginx-'));
  const port = await reservePort(0, 'nginx', '');
  const echoPort = await reservePort(0, 'nginx', '');
  const recipe = await readRecipe('nginx', [
    ['server pay.example.com:443;', `server ${gateway};`],
    ['server 127.0.0.1:3000;', `server ${site};`],
    // Readers come without TLS: it changes nothing of what is tested.
    ['listen 443 ssl;', `listen ${HOST}:${port};`],
    ['ssl_certificate /etc/ssl/shop.example.com.pem;', ''],
    ['ssl_certificate_key /etc/ssl/private/shop.example.com.key;', ''],
    ['/etc/ssl/certs/ca-certificates.crt', root],
    ['app=quay-live', 'app=quay-sandbox'],
    ['max_age=60', 'max_age=2'],
    ['proxy_read_timeout 5s;', 'proxy_read_timeout 1s;'],
  ]);
  await Promise.all(TEMPORARY.map((name) => mkdir(path.join(directory, name))));
  await writeFile(
    path.join(directory, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
${TEMPORARY.map((name) => `  ${name}_temp_path ${directory}/${name};`).join('\n')}
${change(recipe)}
  server {
    listen ${HOST}:${echoPort};
    location / { default_type text/plain; return 200 "$uri"; }
  }
}
`,
  );
  const command = [inject('nginx'), '-p', directory, '-c', 'nginx.conf', '-e', 'stderr'] as const;
  return { port, echoPort, close: await runProxy(command, { directory, port }) };
}
