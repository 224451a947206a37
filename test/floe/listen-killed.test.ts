import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { verifyWebhook } from '../../packages/kit/webhook.ts';
import { TOKENS } from './example-gateway.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { createFeed, listenOn } from './feed-server.ts';
import { emptyFolder } from './harness.ts';

/*
 * `floe listen` as a process of its own, whose connections to the gateway are cut in the middle of answers, and which is killed by
 * SIGKILL: before its server has taken an event, before the server has answered, and right after that.
 */
const isInCi = process.env['FLOE_CI'] === '1';
const isWhole = Number(process.env['FLOE_RUNS']) >= 1_000;
const { events, cuts, kills } = isInCi
  ? isWhole
    ? { events: 10_000, cuts: 50, kills: 10 }
    : { events: 2_000, cuts: 25, kills: 9 }
  : { events: 300, cuts: 4, kills: 3 };
const PROGRAM = path.join(import.meta.dirname, '../../packages/floe/main.ts');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** When the command is killed, in turn. */
const PHASES = ['before it is taken', 'before it is answered', 'when it is answered'] as const;

/** `count` numbers spread over the events, none of them the last one. */
const spread = (count: number, offset: number) =>
  new Set(Array.from({ length: count }, (_, i) => Math.floor(((i + offset) * events) / (count + 1)) + 1));

test(
  `${events} events, ${cuts} cuts, ${kills} kills: each comes in order, and again at most once for each kill`,
  { timeout: isInCi ? 240_000 : 60_000 },
  async () => {
    const feed = createFeed();
    feed.tell(
      Array.from({ length: events }, (_, i) => (i % 3 === 0 ? 'payment.pending' : 'payment.succeeded')),
    );
    const proxy = await startCuttingProxy((await listenOn(feed.fetch)).port);
    const cutAt = spread(cuts, 0.3);
    const killAt = [...spread(kills, 0.7)];

    const arrived: number[] = [];
    let child: ChildProcess | undefined;
    let killed = 0;
    const kill = () => {
      killed += 1;
      child?.kill('SIGKILL');
    };
    const receiver = await listenOn(async (request) => {
      const result = await verifyWebhook(request, SECRET);
      if (!result.ok) return new Response(result.reason, { status: 401 });
      const { sequence } = result.event.data;
      const isNew = sequence > (arrived.at(-1) ?? 0);
      const turn = isNew ? killAt.indexOf(sequence) : -1;
      const phase = turn === -1 ? undefined : PHASES[turn % PHASES.length];
      if (turn !== -1) killAt[turn] = Number.NaN;
      if (isNew && cutAt.delete(sequence)) proxy.cutNext();
      if (phase === 'before it is taken') {
        kill();
        return new Response(null, { status: 500 });
      }
      arrived.push(sequence);
      if (phase === 'before it is answered') kill();
      if (phase === 'when it is answered') setImmediate(kill);
      if (sequence === events) setImmediate(() => child?.kill('SIGINT'));
      return new Response(null, { status: 204 });
    });

    const configDir = path.join(await emptyFolder(), 'floe');
    onTestFinished(() => void child?.kill('SIGKILL'));
    const run = (from: readonly string[]) =>
      new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
        const args = ['listen', '--forward-to', `${receiver.url}/hooks`, '--json', ...from];
        child = spawn(process.execPath, [PROGRAM, ...args], {
          env: {
            ...process.env,
            ...TOKENS,
            FLOE_GATEWAY: proxy.url,
            FLOE_CONFIG_DIR: configDir,
            FLOE_LISTEN_SECRET: SECRET,
          },
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let stderr = '';
        child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        child.once('error', reject);
        child.once('close', (code) => resolve({ code, stderr }));
      });
    let ended = await run(['--from', 'start']);
    while (ended.code === null) ended = await run([]);

    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopped.') });
    expect([proxy.cuts(), killed]).toEqual([cuts, kills]);
    expect([...new Set(arrived)]).toEqual(Array.from({ length: events }, (_, i) => i + 1));
    const repeated = arrived.filter((sequence, i) => sequence === arrived[i - 1]);
    expect(arrived.length).toBe(events + repeated.length);
    expect(repeated.length).toBeLessThanOrEqual(kills);
  },
);
