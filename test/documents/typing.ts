import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { callJson } from '../../cli/local/http.ts';
import { reservePort } from '../../cli/local/ports.ts';
import { type Stack, startStack } from '../../cli/local/stack.ts';
import { type Block, listDocuments, nameOf, readBlocks, ROOT } from './blocks.ts';
import { unsetVariables } from './commands.rules.ts';
import { answersIn, isShown } from './shown.rules.ts';
import { type Shell, ShellSession } from './shell-session.ts';
import { NOT_TYPED, PROMISED } from './promised.ts';
import { wayOf } from './ways.ts';

const SELF = 'test/documents/typing.ts';
/** Where the documents have receivers listen. Here they listen where nothing else does. */
const PRINTED_PORT = '8790';

/**
 * The tests of one shell: each document's commands are typed from its top, as they are printed, beside one gateway that runs. Each document
 * begins with the lines that set what it uses, so that nobody has to have read another. `only`: these documents; all without it.
 */
export async function typeDocuments(shell: Shell, only?: readonly string[]): Promise<void> {
  const documents = await listDocuments();
  const blocks = (await Promise.all(documents.map(readBlocks))).flat();
  const ours = blocks.filter((block) => wayOf(block)?.by === SELF);
  const isTyped = (block: Block) => !NOT_TYPED.some((each) => isOf(each, block));

  let parent: string;
  let folder: string;
  let stack: Stack;
  beforeAll(async () => {
    // Some documents make a folder beside Floe's.
    parent = await mkdtemp(path.join(tmpdir(), `floe-documents-${shell}-`));
    folder = path.join(parent, 'floe');
    await mkdir(folder);
    for (const name of ['node_modules', 'examples'])
      await symlink(path.join(ROOT, name), path.join(folder, name));
    const stateDir = path.join(folder, '.floe');
    await mkdir(stateDir);
    stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
  }, 300_000);
  afterAll(async () => {
    await stack.close();
    await rm(parent, { recursive: true, force: true });
  });

  const typed = ours.filter((block) => block.language === 'sh' && isTyped(block));
  const names = [...new Set(typed.map(({ document }) => document))];

  test(`what is promised of commands is promised of documents that have some`, () => {
    expect(Object.keys(PROMISED).toSorted()).toEqual(names.toSorted());
    expect(NOT_TYPED.filter((each) => !ours.some((block) => isOf(each, block)))).toEqual([]);
  });

  const isInCi = process.env['FLOE_CI'] === '1';
  test.each(names.filter((name) => only?.includes(name) ?? (isInCi || !PROMISED[name]?.onlyInCi)))(
    `%s, typed into ${shell} from its top, does what it says`,
    { timeout: 180_000 },
    async (name) => {
      const { shows, refuses = [] } = PROMISED[name] ?? { shows: {} };
      const port = String(await reservePort(0, 'a receiver', ''));
      await allowOneSubscription(stack);
      const session = new ShellSession(shell, {
        cwd: folder,
        // The profiles of whoever runs this are none of its business.
        env: { ...process.env, FLOE_CONFIG_DIR: path.join(folder, 'config') },
      });
      try {
        const said = new Map<Block, string>();
        let last = '';
        for (const block of ours.filter(({ document }) => document === name)) {
          if (block.language === 'json') expectShown(block, last);
          else if (isTyped(block))
            said.set(block, (last = await session.type(block.text.replaceAll(PRINTED_PORT, port))));
        }
        for (const [begin, patterns] of Object.entries(shows)) {
          const found = [...said].filter(([{ text }]) => text.includes(begin));
          expect(found.length, `${name} has one block with ${begin}`).toBe(1);
          for (const pattern of [patterns].flat()) expect(found[0]?.[1], begin).toMatch(pattern);
        }
        for (const pattern of PROMISED[name]?.later ?? []) await session.waitFor(pattern);
        const problems = [...session.said.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code);
        expect(problems).toEqual(refuses);
        expect(session.said).not.toMatch(
          /not found|no matches|parameter not set|unbound variable|syntax error|parse error|refused:|Error:/i,
        );
      } catch (error) {
        throw new Error(`${String(error)}\n\nThe shell said:\n${session.said}`, { cause: error });
      } finally {
        await session.close();
      }
    },
  );

  test(`what is not typed is understood by ${shell}, and uses no variable that nothing sets`, async () => {
    for (const block of blocks.filter(({ language }) => language === 'sh')) {
      const parse = promisify(execFile)(shell, ['-n', '-c', block.text]);
      await expect(
        parse.then(({ stderr }) => stderr),
        nameOf(block),
      ).resolves.toBe('');
      const before = blocks
        .slice(0, blocks.indexOf(block))
        .filter(({ document }) => document === block.document);
      const set = before.map(({ text }) => text).join('\n');
      expect(unsetVariables(block.text, set), nameOf(block)).toEqual([]);
    }
  });
}

const devShape = z.object({ polar: z.object({ access_token: z.string(), organization_id: z.string() }) });
const healthShape = z.object({
  organizations: z.object({ sandbox: z.object({ allow_multiple_subscriptions: z.nullable(z.boolean()) }) }),
});

/** As a new organization at Polar is, whatever an earlier document has changed. Documents share nothing else. */
async function allowOneSubscription({ urls, devFile }: Stack): Promise<void> {
  const { polar } = devShape.parse(JSON.parse(await readFile(devFile, 'utf8')));
  const organization = `${urls.polar}/v1/organizations/${polar.organization_id}`;
  const { subscription_settings } = await callJson('GET', organization, polar.access_token);
  await callJson('PATCH', organization, polar.access_token, {
    subscription_settings: { ...Object(subscription_settings), allow_multiple_subscriptions: false },
  });
  await vi.waitFor(
    async () => {
      const health = healthShape.parse(await (await fetch(`${urls.gateway}/health`)).json());
      expect(health.organizations.sandbox.allow_multiple_subscriptions).toBe(false);
    },
    { timeout: 60_000, interval: 200 },
  );
}

/** An answer that is printed below a command is what the command has answered, but for ids, times and addresses. */
function expectShown(block: Block, said: string): void {
  const printed: unknown = JSON.parse(block.text);
  const answers = answersIn(said);
  expect(
    answers.some((answer) => isShown(printed, answer)),
    `${nameOf(block)} is not what was answered: ${JSON.stringify(answers)}`,
  ).toBe(true);
}

const isOf = (each: (typeof NOT_TYPED)[number], { document, text }: Block) =>
  each.document === document && text.startsWith(each.begins);
