import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { everyCommand } from './every-command.ts';
import { exampleGateway, GATEWAY, problem, TOKENS } from './example-gateway.ts';
import { emptyFolder, runFloe } from './harness.ts';

const LIST = ['apps', 'list'];

describe('help', () => {
  const helpOf = async ({ words }: { words: readonly string[] }) => {
    const { code, stdout, stderr } = await runFloe([...words, '--help'], { terminal: {} });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    return `$ floe ${[...words, '--help'].join(' ')}\n${stdout}`;
  };

  // A file for each, so that two new commands are no conflict.
  test.for(
    Map.groupBy(everyCommand(), ({ words: [first = 'floe'] }) => first)
      .entries()
      .toArray(),
  )('of %s and all beneath it, as a terminal of 80 columns shows it', async ([name, commands]) => {
    const pages = await Promise.all(commands.map(helpOf));
    await expect(pages.join('\n')).toMatchFileSnapshot(`golden/help/${name}.txt`);
  });

  test('every command that does something has an example', async () => {
    for (const { words } of everyCommand().filter(({ isGroup }) => !isGroup)) {
      const { stdout } = await runFloe([...words, '--help']);
      // That of a completion is in the middle of a line.
      expect(stdout, words.join(' ')).toMatch(
        new RegExp(`^ {2}(?:source <\\()?floe ${words.join(' ')}`, 'm'),
      );
    }
  });
});

describe('the exit code says what happened', () => {
  const run = (answers: Parameters<typeof exampleGateway>[0], args = LIST) =>
    runFloe(args, { fetch: exampleGateway(answers).fetch, env: TOKENS });
  const codeFor = async (status: number, code: string) =>
    (await run({ 'GET /admin/apps': [problem(status, code, 'No.')] })).code;

  test('of what the gateway answered', async () => {
    expect(await codeFor(401, 'unauthorized')).toBe(3);
    expect(await codeFor(403, 'forbidden_key')).toBe(3);
    expect(await codeFor(404, 'not_found')).toBe(4);
    expect(await codeFor(409, 'conflict')).toBe(1);
    expect(await codeFor(422, 'validation_failed')).toBe(1);
    expect(await codeFor(429, 'rate_limited')).toBe(5);
    expect(await codeFor(503, 'unavailable')).toBe(5);
  });

  test('5 when nothing answers', async () => {
    const { code, stderr } = await runFloe(LIST, { env: TOKENS });
    expect([code, stderr]).toEqual([
      5,
      'error: The gateway cannot be reached. (unreachable)\nfloe doctor looks for the reason. floe profiles list shows which gateway is in use.\n',
    ]);
  });

  test('2 when the command is not written so, with what is meant', async () => {
    const wrong = await runFloe(['aps']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("unknown command 'aps'");
    expect(wrong.stderr).toContain('Did you mean apps?');
    expect((await runFloe(['apps'])).code).toBe(2);
    const incomplete = await runFloe(['apps', 'show']);
    expect(incomplete.code).toBe(2);
    expect(incomplete.stderr).toContain('floe apps show --help says how it is written.');
    expect((await runFloe(['apps', 'list', '--nope'])).code).toBe(2);
  });

  test('130 when it is interrupted', async () => {
    const signal = AbortSignal.abort();
    const { code, stderr } = await runFloe(LIST, { fetch: exampleGateway().fetch, env: TOKENS, signal });
    expect([code, stderr]).toEqual([130, 'error: Interrupted.\n']);
  });

  test('6 when a question cannot be asked, and 1 when it is answered with no', async () => {
    const configDir = path.join(await emptyFolder(), 'floe');
    const add = ['profiles', 'add', 'live', '--gateway', GATEWAY];
    expect((await runFloe(add, { configDir, env: { FLOE_ADMIN_TOKEN: 'token' } })).code).toBe(0);
    const remove = ['profiles', 'remove', 'live'];
    expect((await runFloe(remove, { configDir })).code).toBe(6);
    const no = await runFloe(remove, { configDir, answers: [false] });
    expect([no.code, no.asked]).toEqual([1, ['Forget the profile live and its tokens?']]);
    expect((await runFloe([...remove, '--yes'], { configDir })).code).toBe(0);
  });
});

describe('what passes is tried again', () => {
  test('after the wait that the gateway asks for', async () => {
    const { fetch, asked } = exampleGateway({
      'GET /admin/apps': [
        {
          ...problem(429, 'rate_limited', 'Slowly.'),
          headers: { 'retry-after': '2', 'content-type': 'application/problem+json' },
        },
        { body: { data: [], next_cursor: null } },
      ],
    });
    const { code } = await runFloe(LIST, { fetch, env: TOKENS });
    expect([code, asked.length]).toEqual([0, 2]);
  });
});

describe('what others wrote', () => {
  const ESCAPES = 'Quay\u001b[31m\u001b]0;owned\u0007\u009b2J\r\u202egnp.exe';
  const app = {
    slug: 'quay-live',
    name: ESCAPES,
    mode: 'live',
    origins: [],
    created_at: '2027-06-15T12:00:00Z',
  };
  const { fetch } = exampleGateway({ 'GET /admin/apps': [{ body: { data: [app], next_cursor: null } }] });
  // oxlint-disable-next-line no-control-regex -- that there is none
  const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

  test('moves no cursor and sets no colour of a terminal', async () => {
    const { stdout } = await runFloe(LIST, { fetch, env: { ...TOKENS, NO_COLOR: '1' }, terminal: {} });
    expect(stdout).toContain('Quaygnp.exe');
    expect(stdout).not.toMatch(CONTROL);
  });

  test('is whole in JSON, escaped', async () => {
    const { stdout } = await runFloe([...LIST, '--json'], { fetch, env: TOKENS });
    expect(stdout).not.toMatch(CONTROL);
    expect(JSON.parse(stdout)).toMatchObject({ data: [{ name: ESCAPES }] });
  });

  test('is no danger in an error either', async () => {
    const { fetch } = exampleGateway({ 'GET /admin/apps': [problem(422, 'no\u001b[2J', `No: ${ESCAPES}`)] });
    const { stderr } = await runFloe(LIST, { fetch, env: TOKENS });
    expect(stderr).toBe('error: No: Quaygnp.exe (no)\n  request req_1\n');
  });
});

describe('colours', () => {
  const { fetch } = exampleGateway();
  const run = async (env: Record<string, string>, terminal?: object, args = LIST) =>
    (await runFloe(args, { fetch, env: { ...TOKENS, ...env }, ...(terminal ? { terminal } : {}) })).stdout;

  test('are for terminals, unless somebody says otherwise', async () => {
    expect(await run({}, {})).toContain('\u001b[');
    expect(await run({})).not.toContain('\u001b');
    expect(await run({ NO_COLOR: '1' }, {})).not.toContain('\u001b');
    expect(await run({ TERM: 'dumb' }, {})).not.toContain('\u001b');
    expect(await run({}, {}, [...LIST, '--no-color'])).not.toContain('\u001b');
    expect(await run({ FORCE_COLOR: '1' })).toContain('\u001b[');
  });
});

test('a pipe gets whole lines, a terminal lines that fit', async () => {
  const origins = Array.from({ length: 9 }, (_, i) => `https://shop-${i}.example.com`);
  const app = { slug: 'quay-live', name: 'Quay', mode: 'live', origins, created_at: '2027-06-15T12:00:00Z' };
  const { fetch } = exampleGateway({ 'GET /admin/apps': [{ body: { data: [app], next_cursor: null } }] });
  expect((await runFloe(LIST, { fetch, env: TOKENS })).stdout).toContain('https://shop-8.example.com');
  const shown = await runFloe(LIST, { fetch, env: { ...TOKENS, NO_COLOR: '1' }, terminal: { columns: 60 } });
  const [, line = ''] = shown.stdout.split('\n');
  expect(line).toContain('…');
  expect(line.length).toBe(60);
});

describe('the gateway', () => {
  test('of npm start in this folder is used where none is named, and that is said', async () => {
    const cwd = await emptyFolder();
    const dev = { gateway_url: 'http://127.0.0.1:8787', admin_token: 'local-token', apps: [] };
    await mkdir(path.join(cwd, '.floe'));
    await writeFile(path.join(cwd, '.floe', 'dev.json'), JSON.stringify(dev));
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      asked.push(`${request.url} ${request.headers.get('authorization')}`);
      return Response.json({ data: [], next_cursor: null });
    };
    const { stderr } = await runFloe(LIST, { cwd, fetch });
    expect(asked).toEqual(['http://127.0.0.1:8787/admin/apps Bearer local-token']);
    expect(stderr).toContain('Using the gateway of npm start, http://127.0.0.1:8787 (.floe/dev.json).');
  });

  test('is asked for when there is none', async () => {
    const { code, stderr } = await runFloe(LIST);
    expect(code).toBe(2);
    expect(stderr).toContain('floe profiles add live --gateway https://pay.example.com');
  });

  test('gets tokens over https only, or on this machine', async () => {
    for (const address of [
      'http://pay.example.com',
      'ftp://pay.example.com',
      'pay.example.com',
      'https://u@pay.example.com',
    ])
      expect((await runFloe(LIST, { env: { ...TOKENS, FLOE_GATEWAY: address } })).code, address).toBe(2);
  });
});

test('with --json the last line on standard error is the failure', async () => {
  const errors = [{ path: 'body.origins.0', message: 'Must be an origin.' }];
  const { fetch } = exampleGateway({
    'GET /admin/apps': [problem(422, 'validation_failed', 'Wrong.', { errors })],
  });
  const { stdout, stderr } = await runFloe([...LIST, '--json'], { fetch, env: TOKENS });
  expect(stdout).toBe('');
  expect(JSON.parse(stderr)).toEqual({
    error: { exit_code: 1, code: 'validation_failed', message: 'Wrong.', errors, request_id: 'req_1' },
  });
});
