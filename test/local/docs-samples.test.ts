import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildKit } from '../../cli/build-packages.ts';
import type { Document } from '../../cli/docs/document.ts';
import { groupOperations, type Operation } from '../../cli/docs/operations.ts';
import { SESSION, VALUES } from '../../cli/docs/start-page.ts';
import type { Language } from '../../cli/docs/samples/request.ts';
import { writeSample } from '../../cli/docs/samples/write-samples.ts';
import { startStack } from '../../cli/local/stack.ts';
import { buildOpenApi } from '../../cli/openapi.ts';
import { createApp } from '../../src/app.ts';
import { routesOf } from '../../src/http/route.ts';
import { findProgram, installPackage } from '../debian.ts';

/*
 * The samples of /docs: each is a whole command or program. All of them compile, and the commands are typed as they are printed, into a
 * shell that has set its values as the start page says, against what `npm start` runs.
 */

const ROOT = path.join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

const document = JSON.parse(JSON.stringify(buildOpenApi(routesOf(createApp()), '0'))) as Document;
const operations = new Map(
  groupOperations(document)
    .flatMap(({ groups }) => groups.flatMap((group) => group.operations))
    .filter(({ isCalled }) => isCalled)
    .map((operation) => [`${operation.method} ${operation.route}`, operation]),
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-samples-'));
  const installed = path.join(folder, 'node_modules', '@floe', 'kit');
  await buildKit(path.join(installed, 'dist'));
  await cp(path.join(ROOT, 'packages', 'kit', 'package.json'), path.join(installed, 'package.json'));
  await mkdir(path.join(folder, 'node_modules', '@types'));
  await symlink(
    path.join(ROOT, 'node_modules', '@types', 'node'),
    path.join(folder, 'node_modules', '@types', 'node'),
  );
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes every operation's sample of a language, each to a file of its own. */
async function writeAll(language: Language, name: (operation: Operation) => string): Promise<string[]> {
  return Promise.all(
    [...operations.values()].map(async (operation) => {
      const file = path.join(folder, language, name(operation));
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, writeSample(language, operation.sample));
      return file;
    }),
  );
}

/** Installs what a sample is compiled with, where that is possible. */
function need(program: string, debianPackage: string): string {
  const found =
    findProgram([program]) ?? (installPackage(debianPackage) ? findProgram([program]) : undefined);
  if (!found) throw new Error(`${program} is not installed (Debian: apt-get install ${debianPackage}).`);
  return found;
}

describe('every sample compiles', () => {
  test('TypeScript, strictly, with the kit as it is installed', async () => {
    const files = await writeAll('typescript', ({ id }) => `${id}.ts`);
    expect(files.length).toBeGreaterThan(60);
    const config = {
      compilerOptions: {
        strict: true,
        noUncheckedIndexedAccess: true,
        target: 'es2022',
        module: 'nodenext',
        types: ['node'],
        noEmit: true,
      },
      files,
    };
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const said = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error);
    expect(said.stdout).toBe('');
  });

  test('Python', async () => {
    const files = await writeAll('python', ({ id }) => `${id}.py`);
    const python = need('python3', 'python3');
    const said = await run(python, ['-m', 'py_compile', ...files]).catch(
      (error: { stderr: string }) => error,
    );
    expect(said.stderr).toBe('');
  });

  test('Go, and as gofmt writes it', async () => {
    await writeAll('go', ({ id }) => path.join(id, 'main.go'));
    const cwd = path.join(folder, 'go');
    await writeFile(path.join(cwd, 'go.mod'), 'module samples\n\ngo 1.21\n');
    const go = need('go', 'golang-go');
    const env = { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' };
    const vet = await run(go, ['vet', './...'], { cwd, env }).catch((error: { stderr: string }) => error);
    expect(vet.stderr).toBe('');
    const { stdout } = await run(path.join(path.dirname(go), 'gofmt'), ['-l', '.'], { cwd });
    expect(stdout).toBe('');
  }, 180_000);
});

/** Commands in the order in which a developer may try them, each with what it answers. */
const TYPED: readonly (readonly [operation: string, status: number])[] = [
  ['GET /v1/products', 200],
  ['GET /v1/payments', 200],
  ['GET /v1/payments/{id}', 200],
  // Polar makes it when it is first asked for.
  ['GET /v1/payments/{id}/receipt', 202],
  ['POST /v1/payments/{id}/refunds', 201],
  ['GET /v1/payments/{id}/refunds', 200],
  ['GET /v1/refunds', 200],
  ['GET /v1/subscriptions', 200],
  ['GET /v1/subscriptions/{id}', 200],
  ['POST /v1/subscriptions/{id}/preview', 200],
  ['POST /v1/subscriptions/{id}/cancel', 200],
  ['POST /v1/subscriptions/{id}/uncancel', 200],
  ['POST /v1/subscriptions/{id}/pause', 200],
  ['POST /v1/subscriptions/{id}/resume', 200],
  ['POST /v1/checkout', 201],
  ['POST /v1/sessions', 201],
  ['GET /v1/session', 200],
  ['GET /v1/access', 200],
  ['POST /v1/sign-in', 202],
  ['GET /.well-known/jwks.json', 200],
  ['GET /v1/webhook-endpoints', 200],
  ['GET /v1/deliveries', 200],
  ['GET /v1/deliveries/{id}', 200],
  ['POST /v1/deliveries/{id}/replay', 202],
  ['POST /v1/webhook-endpoints', 201],
  ['GET /v1/webhook-endpoints/{id}', 200],
  ['GET /v1/webhook-endpoints/{id}/metrics', 200],
  ['PATCH /v1/webhook-endpoints/{id}', 200],
  ['POST /v1/webhook-endpoints/{id}/rotate-secret', 200],
  ['DELETE /v1/webhook-endpoints/{id}', 204],
  ['GET /v1/events', 200],
  ['GET /v1/events/{id}', 200],
  ['DELETE /v1/sessions', 200],
  ['GET /health', 200],
  ['GET /admin/apps', 200],
  ['GET /admin/apps/{app}', 200],
  ['PATCH /admin/apps/{app}', 200],
  ['POST /admin/apps/{app}/keys', 201],
  ['GET /admin/apps/{app}/keys', 200],
  ['GET /admin/products', 200],
  ['GET /admin/polar-events', 200],
  ['GET /admin/webhook-endpoints', 200],
  ['POST /admin/reconcile', 202],
  ['GET /admin/reconcile', 200],
];

describe('against what npm start runs', () => {
  let stack: Awaited<ReturnType<typeof startStack>>;
  /** What is there, in the place of the examples' ids. */
  const there = {
    product: '',
    yearly: '',
    payment: '',
    subscription: '',
    event: '',
    endpoint: '',
    delivery: '',
  };

  beforeAll(async () => {
    const stateDir = path.join(folder, '.floe');
    await mkdir(stateDir);
    stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
    await writeFile(path.join(folder, '.curlrc'), 'silent\nwrite-out = "\\n%{http_code}"\n');
    await buySomething();
  }, 300_000);
  afterAll(() => stack.close());

  const sampleOf = (name: string, language: Language = 'curl') => {
    const operation = operations.get(name);
    if (!operation) throw new Error(`${name} has no sample`);
    const product = name.includes('/v1/subscriptions/') ? there.yearly : there.product;
    return writeSample(language, operation.sample)
      .replaceAll('pay_01kb3z8q4yf6dvkwm2t5n9cr7e', there.payment)
      .replaceAll('evt_01kb3z8q4yf6dvkwm2t5n9cr7e', there.event)
      .replaceAll('ep_01kb3z8q4yf6dvkwm2t5n9cr7e', there.endpoint)
      .replaceAll('dlv_01kb3z8q4yf6dvkwm2t5n9cr7e', there.delivery)
      .replaceAll(/(?<=subscriptions\/)3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607/g, there.subscription)
      .replaceAll('3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', product);
  };

  /** Types lines into bash, in Floe's folder, after those by which the start page sets the values. */
  async function type(lines: string, environment: Record<string, string> = {}): Promise<string> {
    const { stdout } = await run('bash', ['-c', `${VALUES}\n${lines}`], {
      cwd: folder,
      env: { ...process.env, ...environment },
    });
    return stdout;
  }

  /** Types a command and reads its answer. curl says its status by its own settings, so that the command is the printed one. */
  async function typeCommand(lines: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const said = (await type(lines, { CURL_HOME: folder })).trimEnd();
    const end = said.lastIndexOf('\n');
    const text = said.slice(0, Math.max(end, 0)).trim();
    return { status: Number(said.slice(end + 1)), body: text.startsWith('{') ? JSON.parse(text) : {} };
  }

  async function buySomething(): Promise<void> {
    const dev = JSON.parse((await type('cat .floe/dev.json')).trim()) as {
      polar_url: string;
      products: { id: string; name: string }[];
    };
    const product = (name: string) => dev.products.find((each) => each.name === name)?.id ?? '';
    there.yearly = product('quay:yearly');
    for (const name of ['quay:monthly', 'quay:lifetime']) {
      there.product = product(name);
      const { status, body } = await typeCommand(sampleOf('POST /v1/payments'));
      expect([status, body['status']]).toEqual([201, 'pending']);
      there.payment = String(body['id']);
      const secret = String(body['checkout_url']).split('/').at(-1);
      await fetch(`${dev.polar_url}/v1/checkouts/client/${secret}/confirm`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          customer_email: 'ada@floe-mail.dev',
          customer_billing_address: { country: 'DE' },
          confirmation_token_id: 'ctoken_any',
        }),
      });
      await vi.waitFor(
        async () => {
          const { body: now } = await typeCommand(sampleOf('GET /v1/payments/{id}'));
          expect(now['status']).toBe('succeeded');
        },
        { timeout: 20_000, interval: 300 },
      );
    }
  }

  /** What the answer to a list shows of what is there. */
  const NOTED: Readonly<Record<string, keyof typeof there>> = {
    'GET /v1/subscriptions': 'subscription',
    'GET /v1/webhook-endpoints': 'endpoint',
    'GET /v1/deliveries': 'delivery',
    'GET /v1/events': 'event',
  };

  test('the printed commands do what they say, typed one after the other into one shell’s values', async () => {
    const answered: unknown[] = [];
    for (const [name, status] of TYPED) {
      const session = writeSample('curl', operations.get(name)?.sample as never).includes('FLOE_SESSION')
        ? SESSION
        : '';
      const answer = await typeCommand(`${session.replace('curl -s', 'curl -s -w ""')}\n${sampleOf(name)}`);
      answered.push([name, answer.status === status ? status : answer]);
      const noted = NOTED[name];
      if (noted) there[noted] = (answer.body['data'] as { id: string }[])[0]?.id ?? '';
      if (name === 'POST /v1/webhook-endpoints') there.endpoint = String(answer.body['id']);
    }
    expect(answered).toEqual(TYPED.map(([name, status]) => [name, status]));
  }, 300_000);

  test('a few programs of each language run and print the answer', async () => {
    for (const name of ['GET /v1/products', 'POST /v1/payments', 'GET /admin/apps']) {
      const { id = '' } = operations.get(name) ?? {};
      const expected = name === 'POST /v1/payments' ? /checkout_url/ : /quay/;
      await writeFile(path.join(folder, `${id}.ts`), sampleOf(name, 'typescript'));
      expect(await type(`'${process.execPath}' ${id}.ts`), name).toMatch(expected);
      await writeFile(path.join(folder, `${id}.py`), sampleOf(name, 'python'));
      expect(await type(`python3 ${id}.py`), name).toMatch(expected);
      await writeFile(path.join(folder, `${id}.go`), sampleOf(name, 'go'));
      expect(await type(`go run ${id}.go`), name).toMatch(expected);
    }
  }, 180_000);

  test('keys are given to pages of this gateway alone, by its own name', async () => {
    const { hostname, port, origin } = new URL(stack.urls.gateway);
    const ask = (headers: Record<string, string>) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        request({ hostname, port, path: '/docs/local-keys', headers }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        })
          .on('error', reject)
          .end();
      });
    const same = { 'sec-fetch-site': 'same-origin', referer: `${origin}/` };
    const given = await ask(same);
    expect(given.status).toBe(200);
    expect(given.text).toMatch(/floe_sk_sandbox_/);
    // The operator's token stays in the file.
    const token = (await type('printf %s "$FLOE_ADMIN_TOKEN"')).trim();
    expect(token.length).toBeGreaterThan(20);
    expect(given.text).not.toContain(token);
    for (const [headers, status] of [
      [{}, 404],
      [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 404],
      [{ ...same, 'x-forwarded-for': '203.0.113.7' }, 404],
      [{ ...same, host: `rebound.evil.example:${port}` }, 421],
      [{ ...same, host: `localhost:${port}` }, 421],
      [{ ...same, referer: 'https://floe.example/' }, 404],
      // Miniflare's own header for the address.
      [{ ...same, host: `evil.example:${port}`, 'mf-original-url': `${origin}/docs/local-keys` }, 404],
    ] as const) {
      const refused = await ask(headers);
      expect([headers, refused.status]).toEqual([headers, status]);
      expect(refused.text).not.toContain('floe_sk');
    }
  });
});
