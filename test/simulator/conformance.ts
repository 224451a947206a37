/**
 * `npm run conformance -- --spec FILE`: runs the simulator's tests, and holds every answer and every webhook of that run
 * against Polar's OpenAPI file, and counts the behaviours of the table in behaviours/ that hold. Any mismatch fails, and so
 * does a kind of webhook that no test brought about, or a behaviour that is another one.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Operation } from './openapi.ts';
import type { Recorded } from './record.ts';
import { createSimulator } from '../../packages/polar-simulator/index.ts';
import { BEHAVIOURS } from './behaviours/index.ts';

const { values } = parseArgs({ options: { spec: { type: 'string' } } });
if (!values.spec || !existsSync(values.spec)) {
  console.error('Which schema? npm run conformance -- --spec FILE (Polar’s OpenAPI document, 2026-10).');
  process.exit(2);
}
process.env['POLAR_OPENAPI'] = resolve(values.spec);
// Read by the module when it is loaded, so after the line above.
const { judgeEvent, judgeResponse, operations, webhookTypes } = await import('./openapi.ts');

const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
const run = spawnSync('vitest', ['run', '--project', 'simulator'], {
  stdio: 'inherit',
  env: { ...process.env, POLAR_RECORD_FOLDER: folder },
});
const records = readdirSync(folder).flatMap((name) =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Recorded),
);
rmSync(folder, { recursive: true });

const covered = new Set<string>();
const types = new Set<string>();
const held = new Set<string>();
const mismatches = new Map<string, number>();
let responses = 0;
let webhooks = 0;

for (const each of records) {
  if (each.kind === 'behaviour') {
    held.add(each.name);
    continue;
  }
  if (each.kind === 'event') {
    webhooks += 1;
    types.add(each.type);
    note(each.type, judgeEvent(each.type, each.payload));
    continue;
  }
  const verdict = judgeResponse(each.method, each.path, each.status, each.body);
  if (!verdict) continue;
  responses += 1;
  if (each.status < 400) covered.add(verdict.operation);
  note(verdict.what, verdict.problems);
}

function note(what: string, problems: string[]): void {
  for (const problem of problems) {
    const line = `${what}: ${problem.trim()}`;
    mismatches.set(line, (mismatches.get(line) ?? 0) + 1);
  }
}

const served = await servedOperations();
const uncovered = served.filter((name) => !covered.has(name));
const missing = webhookTypes.filter((type) => !types.has(type));
const covering = served.length - uncovered.length;

for (const name of uncovered) console.log(`served, but no test gets an answer from it: ${name}`);
for (const type of missing) console.log(`no test brings about: ${type}`);
for (const [line, times] of mismatches) console.log(`mismatch (${times}×): ${line}`);
console.log(`responses validated: ${responses}`);
console.log(`webhooks validated: ${webhooks}`);
console.log(
  `operations covered: ${covering} of ${served.length} served (the schema has ${operations.length})`,
);
console.log(
  `conformance: ${responses} responses, ${webhooks} webhooks, ${covering} operations, ` +
    `${webhookTypes.length - missing.length} of ${webhookTypes.length} types, ` +
    `${held.size} of ${BEHAVIOURS.length} behaviours, ${mismatches.size} mismatches`,
);

const isEmpty = responses === 0 || webhooks === 0;
if (isEmpty) console.error('Nothing was recorded, so nothing was shown.');
if (run.status !== 0) console.error('The test run itself failed.');
const isWrong = mismatches.size > 0 || missing.length > 0 || held.size < BEHAVIOURS.length;
process.exitCode = isEmpty || run.status !== 0 || isWrong ? 1 : 0;

/** Asks the simulator for each operation: what it does not serve is answered with the framework's own 404. */
async function servedOperations(): Promise<string[]> {
  const url = 'http://polar.sim';
  const simulator = createSimulator({ publicUrl: url, jobs: 'manual', fetch: async () => new Response() });
  const { accessToken } = simulator.createOrganization({ slug: 'probe' });
  const call = (token: string, { method, template }: Operation, body = '{}'): Promise<Response> => {
    const path = template.replaceAll(/\{[^}]+\}/g, '11111111-1111-4111-8111-111111111111');
    const headers = {
      authorization: `Bearer ${token}`,
      'polar-version': '2026-10',
      'content-length': String(body.length),
    };
    const hasBody = method === 'POST' || method === 'PATCH' || method === 'PUT';
    return simulator.fetch(new Request(`${url}${path}`, { method, headers, ...(hasBody ? { body } : {}) }));
  };
  const create = async (template: string, body: object) => {
    const response = await call(accessToken, { method: 'POST', template }, JSON.stringify(body));
    return JSON.parse(await response.text()) as { id: string; token: string };
  };
  const { id } = await create('/v1/customers/', { email: 'probe@floe-mail.dev' });
  const { token } = await create('/v1/customer-sessions/', { customer_id: id });
  const names: string[] = [];
  for (const operation of operations) {
    for (const credential of [accessToken, token]) {
      const response = await call(credential, operation);
      const text = await response.text();
      if (response.status === 401 || text === '{"detail":"Not Found"}') continue;
      names.push(`${operation.method} ${operation.template}`);
      break;
    }
  }
  return names;
}
