import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { HOST, reservePort } from '../../cli/local/ports.ts';

/* A real nginx, with the configuration that docs/proxies.md tells people to use. */

const DOCS = path.join(import.meta.dirname, '..', '..', 'docs', 'proxies.md');
const START_MS = 10_000;
const POLL_MS = 20;
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export interface Nginx {
  port: number;
  /** A second server, which answers with the path as nginx has read it. */
  echoPort: number;
  close(): Promise<void>;
}

/** The documented configuration, for a gateway and a site on this machine. @throws when a line to change is not there */
async function readRecipe(to: { gateway: string; site: string; port: number }): Promise<string> {
  const [, recipe] = /```nginx\n([\s\S]*?)```/.exec(await readFile(DOCS, 'utf8')) ?? [];
  if (recipe === undefined) throw new Error('docs/proxies.md shows no nginx configuration.');
  const changes: [string, string][] = [
    ['server pay.example.com:443;', `server ${to.gateway};`],
    ['proxy_set_header Host pay.example.com;', `proxy_set_header Host ${to.gateway};`],
    ['"https://floe/', '"http://floe/'],
    ['server 127.0.0.1:3000;', `server ${to.site};`],
    ['listen 443 ssl;', `listen ${HOST}:${to.port};`],
    ['app=quay-live', 'app=quay-sandbox'],
    ['max_age=60', 'max_age=2'],
    ['proxy_read_timeout 5s;', 'proxy_read_timeout 1s;'],
    // No certificates on loopback.
    ['proxy_ssl_server_name on;', ''],
    ['proxy_ssl_name pay.example.com;', ''],
    ['proxy_ssl_verify on;', ''],
    ['proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;', ''],
  ];
  return changes.reduce((text, [from, into]) => {
    if (text.split(from).length !== 2)
      throw new Error(`The documented configuration has no one line ${from}`);
    return text.replace(from, into);
  }, recipe);
}

/** Starts nginx before a site. `change` may take something out of the recipe. Resolves when it listens. */
export async function startNginx(
  to: { gateway: string; site: string },
  change: (recipe: string) => string = (recipe) => recipe,
): Promise<Nginx> {
  const directory = await mkdtemp(path.join(tmpdir(), 'floe-nginx-'));
  const port = await reservePort(0, 'nginx', '');
  const echoPort = await reservePort(0, 'nginx', '');
  const recipe = change(await readRecipe({ ...to, port }));
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
${recipe}
  server {
    listen ${HOST}:${echoPort};
    location / { default_type text/plain; return 200 "$uri"; }
  }
}
`,
  );
  const child = spawn(inject('nginx'), ['-p', directory, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const exited = once(child, 'exit');
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    for (const until = Date.now() + START_MS; !(await listens(port)); await sleep(POLL_MS)) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`nginx did not start: ${said}`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { port, echoPort, close };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
