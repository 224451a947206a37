import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { widthOf } from '../../packages/floe/terminal/table.ts';
import { openHostileShop } from './catalog/shop.ts';
import { ENDS_WITH, everyCommand, PRINTS_LINES_AS_THEY_ARE, SAMPLES, SHOWN_BY } from './every-command.ts';
import { exampleGateway, GATEWAY, type Given, GIVEN, PAID, TOKENS } from './example-gateway.ts';
import { emptyFolder, runFloe, type RunOptions } from './harness.ts';

/* What holds for every command, whatever it does. */

const COMMANDS = everyCommand()
  .filter(({ isGroup }) => !isGroup)
  .map(({ words }) => words.join(' '));
// oxlint-disable-next-line no-control-regex -- that there is none
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const HOSTILE =
  'Quay\u001b]0;owned\u0007\u001b[2J\u009b31m\r\u202e 金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金金';

/** Texts that people and other servers write. */
const WRITTEN = new Set([
  'name',
  'description',
  'comment',
  'message',
  'error',
  'detail',
  'response',
  'email',
  'reason',
  'why',
]);

const spoil = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((each) => spoil(each));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spoil(each, name)]));
  return typeof value === 'string' && WRITTEN.has(key) ? HOSTILE : value;
};

/** Of commands for which the example will not do: only what was paid can be refunded, only what the app gave can be taken back. */
const INSTEAD: Readonly<Record<string, Record<string, readonly Given[]>>> = {
  'payments refund': PAID,
  'grants revoke': GIVEN,
};

/** The examples, with what somebody else wrote as bad as can be. */
const hostileAnswers = (command: string): Record<string, readonly Given[]> => {
  const answers = Object.fromEntries(
    Object.entries(examples).map(([route, byStatus]) => [
      route,
      Object.entries(byStatus).map(([status, body]) => ({
        status: Number(status),
        // One page of a list is enough.
        body: { ...Object(spoil(body)), ...('next_cursor' in Object(body) ? { next_cursor: null } : {}) },
      })),
    ]),
  );
  const instead = INSTEAD[command] ?? {};
  return {
    ...answers,
    ...Object.fromEntries(
      Object.entries(instead).map(([route, given]) => [
        route,
        given.map(({ body }) => ({ body: spoil(body) })),
      ]),
    ),
  };
};

/** A command as its sample has it, by somebody who has a profile. */
async function run(command: string, more: readonly string[], options: RunOptions = {}) {
  const configDir = path.join(await emptyFolder(), 'floe');
  await runFloe(['profiles', 'add', 'kept', '--gateway', GATEWAY], {
    configDir,
    env: { FLOE_ADMIN_TOKEN: 'token' },
  });
  const typed = `${command} ${SAMPLES[command]}`.trim().split(/\s+/);
  // These speak to Polar.
  const world = command.startsWith('catalog ')
    ? (await openHostileShop(HOSTILE)).world
    : { fetch: exampleGateway(hostileAnswers(command)).fetch, env: TOKENS };
  return runFloe([...typed, '--yes', ...more], {
    configDir,
    ...world,
    ...options,
    env: { ...world.env, ...options.env },
  });
}

test('every command has a sample, or a test of its own', async () => {
  const held = [...Object.keys(SAMPLES), ...Object.keys(SHOWN_BY)];
  expect(held.toSorted()).toEqual(COMMANDS.toSorted());
  for (const file of Object.values(SHOWN_BY))
    expect(await readFile(path.join(import.meta.dirname, file), 'utf8'), file).toMatch(/json/i);
});

test('every command is named in the document', async () => {
  const text = await readFile(path.join(import.meta.dirname, '..', '..', 'docs', 'cli.md'), 'utf8');
  const [, table = ''] = text.split('## All commands');
  const named = [...table.matchAll(/`(?:floe )?([a-z -]+)`/g)].map(([, words = '']) => words);
  expect(named.toSorted()).toEqual(COMMANDS.toSorted());
});

describe.each(Object.keys(SAMPLES))('floe %s', (command) => {
  const { [command]: end = 0 } = ENDS_WITH;

  test('prints JSON with --json, in which nothing moves a cursor', async () => {
    const { code, stdout, stderr } = await run(command, ['--json']);
    expect([code, stderr]).toEqual([end, expect.not.stringMatching(CONTROL)]);
    expect(stdout).not.toMatch(CONTROL);
    if (SAMPLES[command]?.includes('--all'))
      for (const line of stdout.trimEnd().split('\n')) JSON.parse(line);
    else expect(typeof JSON.parse(stdout)).toBe('object');
  });

  test('prints lines that fit a terminal of 80 columns, and no control characters', async () => {
    const { code, stdout, stderr } = await run(command, [], { terminal: {}, env: { NO_COLOR: '1' } });
    expect(code, stderr).toBe(end);
    const said = stdout + stderr;
    if (!PRINTS_LINES_AS_THEY_ARE.has(command))
      expect(said.split('\n').filter((line) => widthOf(line) > 80)).toEqual([]);
    expect(said.replaceAll('\t', ' ')).not.toMatch(CONTROL);
  });

  test('prints no colour into a pipe', async () => {
    const { stdout, stderr } = await run(command, []);
    expect(stdout + stderr).not.toContain('\u001b');
  });
});
