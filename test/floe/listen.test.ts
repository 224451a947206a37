import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyWebhook } from '../../packages/kit/webhook.ts';
import { USER_AGENT } from '../../src/tell/deliveries/send.ts';
import { GATEWAY, TOKENS } from './example-gateway.ts';
import { createFeed, type Feed } from './feed-server.ts';
import { emptyFolder, NOW, type Ran, runFloe, type RunOptions, session } from './harness.ts';

const HOOKS = 'http://localhost:3000/hooks';
const LISTEN = ['listen', '--forward-to', HOOKS];

interface Received {
  id: string;
  headers: Headers;
  body: string;
}

interface Machine {
  feed: Feed;
  configDir: string;
  received: Received[];
  ids(): string[];
  options: RunOptions;
  /** Answers of the server, one after another, then 204. 'refused': nothing listens. */
  answers: (number | 'refused')[];
  /** Listens until this many attempts have been made, then Ctrl-C. */
  listen(until: number, ...more: string[]): Promise<Ran>;
}

/** A developer's machine. `feed`: of another machine's app. */
async function newMachine(feed: Feed = createFeed()): Promise<Machine> {
  const configDir = path.join(await emptyFolder(), 'floe');
  const received: Received[] = [];
  const answers: (number | 'refused')[] = [];
  let interrupt = new AbortController();
  let left = 0;
  const options: RunOptions = {
    configDir,
    env: TOKENS,
    async fetch(input, init) {
      const request = new Request(input, init);
      if (new URL(request.url).origin === GATEWAY) {
        const response = await feed.fetch(request);
        request.signal.throwIfAborted();
        return response;
      }
      left -= 1;
      if (left === 0) interrupt.abort();
      const answer = answers.shift() ?? 204;
      if (answer === 'refused') throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
      received.push({
        id: request.headers.get('webhook-id') ?? '',
        headers: request.headers,
        body: await request.text(),
      });
      return new Response(answer === 204 ? null : 'said', { status: answer });
    },
  };
  return {
    feed,
    configDir,
    received,
    ids: () => received.map(({ id }) => id),
    options,
    answers,
    listen(until, ...more) {
      interrupt = new AbortController();
      left = until;
      return runFloe([...LISTEN, ...more], { ...options, signal: interrupt.signal });
    },
  };
}

/** Listens until it has begun and waits for an event. */
async function begin({ feed, options }: Machine, ...more: string[]): Promise<Ran> {
  const interrupt = new AbortController();
  const before = feed.asked.length;
  const running = runFloe([...LISTEN, ...more], { ...options, signal: interrupt.signal });
  await expect
    .poll(() => feed.asked.slice(before).filter((each) => each.includes('wait=')).length)
    .toBeGreaterThan(0);
  interrupt.abort();
  return running;
}

const itemsOf = ({ stdout }: Ran) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a forwarded event', () => {
  test('has the body and the headers of a delivery, signed with a secret of this machine', async () => {
    const machine = await newMachine();
    // Digits that JavaScript would round, and text that looks like the end of a body.
    const data = String.raw`"polar":{"type":"x","data":{"body":"}],\"body\":{","discord":653247040368672769,"rate":1.0}}`;
    machine.feed.tell(['payment.succeeded', 'grant.created'], data);
    await machine.listen(2, '--from', 'start');
    const { stdout: secret } = await runFloe(['listen', '--print-secret'], machine.options);
    expect(machine.ids()).toEqual(['evt_1', 'evt_2']);
    for (const { headers, body } of machine.received) {
      const result = await verifyWebhook({ headers, body }, secret.trim(), { now: () => NOW });
      expect(result).toMatchObject({ ok: true, event: { data: { app: 'quay-sandbox' } } });
      expect(body).toContain('653247040368672769,"rate":1.0}');
      expect([...headers.keys()].toSorted()).toEqual([
        'content-type',
        'user-agent',
        'webhook-id',
        'webhook-signature',
        'webhook-timestamp',
      ]);
      expect(headers.get('user-agent')).toBe(USER_AGENT);
      expect(headers.get('webhook-timestamp')).toBe(String(NOW / 1000));
    }
  });

  test('is shown with its type, status and time', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.succeeded']);
    machine.answers.push(500, 200);
    const { stdout } = await machine.listen(2, '--from', 'start', '--json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      expect.objectContaining({
        event: 'evt_1',
        type: 'payment.succeeded',
        sequence: 1,
        result: 'failed',
        status: 500,
        attempt: 1,
        next_attempt_in_ms: 1000,
        duration_ms: expect.any(Number),
        error: null,
      }),
      expect.objectContaining({ result: 'delivered', status: 200, attempt: 2, next_attempt_in_ms: null }),
    ]);
  });
});

describe('where it begins', () => {
  test('the first time with the next event', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.pending', 'payment.succeeded']);
    const { code, stderr } = await begin(machine);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('there were 2 events until now, which --from start forwards.'),
    ]);
    machine.feed.tell(['refund.created']);
    await machine.listen(1);
    expect(machine.ids()).toEqual(['evt_3']);
  });

  test('later where this machine stopped', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.pending', 'payment.succeeded', 'grant.created']);
    await machine.listen(2, '--from', 'start');
    machine.feed.tell(['refund.created']);
    const { stderr } = await machine.listen(2);
    expect(stderr).toContain(
      'Goes on behind event 2, where this machine stopped; there were 2 events since then.',
    );
    expect(machine.ids()).toEqual(['evt_1', 'evt_2', 'evt_3', 'evt_4']);
  });

  test('where --from says, and what that leaves out is said', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.pending', 'payment.succeeded', 'grant.created', 'refund.created']);
    await machine.listen(1, '--from', '2');
    expect(machine.ids()).toEqual(['evt_2']);
    const { stderr } = await begin(machine, '--from', 'now');
    expect(stderr).toContain('Skipped: events 3 to 4.');
    machine.feed.tell(['refund.succeeded']);
    await machine.listen(1);
    expect(machine.ids()).toEqual(['evt_2', 'evt_5']);
    expect((await machine.listen(1, '--from', '9')).code).toBe(2);
    expect((await machine.listen(1, '--from', 'yesterday')).code).toBe(2);
  });

  test('another developer’s machine has a place of its own', async () => {
    const feed = createFeed();
    const [ada, bob] = [await newMachine(feed), await newMachine(feed)];
    feed.tell(['payment.pending', 'payment.succeeded']);
    await Promise.all([ada.listen(2, '--from', 'start'), bob.listen(2, '--from', 'start')]);
    expect([ada.ids(), bob.ids()]).toEqual([
      ['evt_1', 'evt_2'],
      ['evt_1', 'evt_2'],
    ]);
  });

  test('is asked for when the gateway counts anew', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.pending', 'payment.succeeded']);
    await machine.listen(2, '--from', 'start');
    machine.feed.reset();
    machine.feed.tell(['payment.pending', 'payment.succeeded', 'refund.created']);
    const refused = await machine.listen(1);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('does not have event 2 (evt_2) any more'),
    ]);
    await machine.listen(3, '--from', 'start');
    expect(machine.ids()).toEqual(['evt_1', 'evt_2', 'evt_1_1', 'evt_1_2', 'evt_1_3']);
  });

  test('is asked for when what it has not forwarded is too old, and --from start says what is not there', async () => {
    const machine = await newMachine();
    machine.feed.tell(Array.from({ length: 5 }, () => 'payment.pending'));
    await machine.listen(1, '--from', 'start');
    machine.feed.deleteBefore(4);
    const { code, stderr } = await machine.listen(1);
    expect([code, stderr]).toEqual([1, expect.stringContaining('To go on behind them: --from 4')]);
    const anew = await machine.listen(2, '--from', 'start');
    expect([anew.code, anew.stderr]).toEqual([
      0,
      expect.stringContaining('Left out, for they are deleted: events 1 to 3.'),
    ]);
    expect(machine.ids()).toEqual(['evt_1', 'evt_4', 'evt_5']);
  });

  test('types that are not wanted are left out, and come to a later start that wants them', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.pending', 'grant.created', 'payment.succeeded', 'grant.revoked']);
    await machine.listen(2, '--from', 'start', '--types', 'payment.*');
    expect(machine.ids()).toEqual(['evt_1', 'evt_3']);
    await begin(machine, '--types', 'payment.*');
    await machine.listen(1);
    expect(machine.ids()).toEqual(['evt_1', 'evt_3', 'evt_4']);
  });
});

describe('a server that does not take an event', () => {
  test('gets it again, and nothing overtakes it', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.pending', 'payment.succeeded']);
    machine.answers.push(500, 'refused', 302, 404, 429, 503, 200);
    await machine.listen(8, '--from', 'start');
    expect(machine.ids()).toEqual([...Array.from({ length: 6 }, () => 'evt_1'), 'evt_2']);
  });

  test('with --skip-failed is asked five times, and the event is left out visibly', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.pending', 'payment.succeeded']);
    machine.answers.push(500, 500, 500, 500, 500);
    const ran = await machine.listen(6, '--from', 'start', '--skip-failed', '--json');
    expect(itemsOf(ran).map(({ sequence, result }) => `${String(sequence)} ${String(result)}`)).toEqual([
      ...Array.from({ length: 4 }, () => '1 failed'),
      '1 skipped',
      '2 delivered',
    ]);
  });

  test('ends it by 410, and the next start goes on with that event', async () => {
    const machine = await newMachine();
    machine.feed.tell(['payment.pending', 'payment.succeeded']);
    machine.answers.push(200, 410);
    const { code, stderr } = await machine.listen(9, '--from', 'start');
    expect([code, stderr]).toEqual([1, expect.stringContaining('The next start goes on with event 2.')]);
    await machine.listen(1);
    expect(machine.ids()).toEqual(['evt_1', 'evt_2', 'evt_2']);
  });
});

test('Ctrl-C ends it when the event in hand is done, with 0', async () => {
  const machine = await newMachine();
  machine.feed.tell(['payment.pending', 'payment.succeeded']);
  const ran = await machine.listen(1, '--from', 'start', '--json');
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('Stopped.')]);
  expect(itemsOf(ran)).toEqual([expect.objectContaining({ event: 'evt_1', result: 'delivered' })]);
  await machine.listen(1);
  expect(machine.ids()).toEqual(['evt_1', 'evt_2']);
});

test('a gateway that cannot be reached is asked until it answers', async () => {
  const machine = await newMachine();
  machine.feed.tell(['payment.pending']);
  const { fetch } = machine.options;
  let failures = 8;
  machine.options.fetch = async (input, init) => {
    const isFeed = new Request(input, init).url.includes('wait=');
    if (isFeed && failures-- > 0) throw new TypeError('fetch failed');
    return fetch?.(input, init) ?? Response.error();
  };
  const { code, stderr } = await machine.listen(1, '--from', 'start');
  expect([code, machine.ids()]).toEqual([0, ['evt_1']]);
  expect(stderr.match(/cannot be reached/g)).toHaveLength(1);
  expect(stderr).toContain('The gateway answers again.');
});

describe('one place', () => {
  test('is no two processes’', async () => {
    const machine = await newMachine();
    const interrupt = new AbortController();
    const first = runFloe(LISTEN, { ...machine.options, signal: interrupt.signal });
    await expect.poll(() => machine.feed.asked.some((each) => each.includes('wait='))).toBe(true);
    const second = await machine.listen(1);
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringContaining(`Process ${process.pid} already listens`),
    ]);
    machine.feed.tell(['payment.pending']);
    await machine.listen(2, '--name', 'second', '--from', 'start');
    interrupt.abort();
    expect((await first).code).toBe(0);
    expect(machine.ids()).toEqual(['evt_1', 'evt_1']);
  });

  test('has a name that is no path', async () => {
    const machine = await newMachine();
    for (const name of ['../profiles', '', 'a/b', '.x'])
      expect((await machine.listen(1, '--name', name)).code).toBe(2);
  });
});

describe('the secret', () => {
  test('is made once, for this user alone, and is another one for each app', async () => {
    const machine = await newMachine();
    const print = async (env: Record<string, string>) =>
      (await runFloe(['listen', '--print-secret'], { ...machine.options, env })).stdout.trim();
    const secret = await print(TOKENS);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await print(TOKENS)).toBe(secret);
    expect(await print({ ...TOKENS, FLOE_APP: 'atlas-sandbox' })).not.toBe(secret);
    const { FLOE_APP: _app, ...keyAlone } = TOKENS;
    expect(await print(keyAlone)).not.toBe(
      await print({ ...keyAlone, FLOE_SECRET_KEY: 'floe_sk_sandbox_another' }),
    );
    const { stderr } = await begin(machine);
    expect(stderr).toContain(secret);
    const folder = path.join(machine.configDir, 'listen');
    for (const name of await readdir(folder, { recursive: true })) {
      const { mode } = await stat(path.join(folder, name));
      expect(mode & 0o077, name).toBe(0);
    }
  });

  test('that others can read is refused', async () => {
    const machine = await newMachine();
    await runFloe(['listen', '--print-secret'], machine.options);
    const folder = path.join(machine.configDir, 'listen');
    const [app = ''] = await readdir(folder);
    await chmod(path.join(folder, app, 'secret'), 0o644);
    const { code, stderr } = await machine.listen(1);
    expect([code, stderr]).toEqual([1, expect.stringContaining('chmod 600')]);
  });

  test('of the developer’s own is used, and neither kept nor printed', async () => {
    const own = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    for (const [more, args] of [
      [{ env: { ...TOKENS, FLOE_LISTEN_SECRET: own } }, []],
      [{ stdin: `${own}\n` }, ['--stdin']],
    ] as const) {
      const machine = await newMachine();
      Object.assign(machine.options, more);
      machine.feed.tell(['payment.pending']);
      const { stdout, stderr } = await machine.listen(1, '--from', 'start', ...args);
      expect(stdout + stderr).not.toContain('whsec_');
      const [first] = machine.received;
      const result = await verifyWebhook(first ?? { headers: {}, body: '' }, own, { now: () => NOW });
      expect(result.ok).toBe(true);
      const [app = ''] = await readdir(path.join(machine.configDir, 'listen'));
      expect(await readdir(path.join(machine.configDir, 'listen', app))).not.toContain('secret');
    }
    const machine = await newMachine();
    for (const bad of ['', 'whsec_', 'hunter2'])
      expect((await runFloe([...LISTEN, '--stdin'], { ...machine.options, stdin: bad })).code).toBe(2);
  });
});

describe('--forward-to', () => {
  test('takes addresses of http and https', async () => {
    const machine = await newMachine();
    for (const address of [
      'ftp://localhost/',
      'localhost:3000',
      'file:///etc/passwd',
      'http://u:p@localhost/',
      '',
    ])
      expect((await runFloe(['listen', '--forward-to', address], machine.options)).code, address).toBe(2);
    expect((await runFloe(['listen'], machine.options)).code).toBe(2);
  });

  test('warns of what is not this machine', async () => {
    for (const [address, warns] of [
      [HOOKS, false],
      ['http://127.0.0.2:3000/', false],
      ['http://[::1]:3000/', false],
      ['http://shop.localhost/', false],
      ['http://192.168.1.7:3000/', true],
      ['https://hooks.example.com/', true],
      ['http://localhost.example.com/', true],
    ] as const) {
      const { stderr } = await begin(await newMachine(), '--forward-to', address);
      expect(stderr.includes('is not this machine'), address).toBe(warns);
    }
  });
});

test('a session', async () => {
  const machine = await newMachine();
  machine.feed.tell(['payment.pending', 'payment.succeeded', 'grant.created']);
  machine.answers.push(204, 'refused', 500, 204);
  const typed = `listen --forward-to ${HOOKS} --from start`;
  const interrupt = new AbortController();
  const { fetch } = machine.options;
  let attempts = 0;
  const listening = await session(typed, {
    ...machine.options,
    signal: interrupt.signal,
    fetch: async (input, init) => {
      const isHook = new Request(input, init).url === HOOKS;
      if (isHook && ++attempts === 5) interrupt.abort();
      return fetch?.(input, init) ?? Response.error();
    },
  });
  const pages = [listening, await session('listen --print-secret', machine.options)];
  const [app = ''] = await readdir(path.join(machine.configDir, 'listen'));
  const secret = (await readFile(path.join(machine.configDir, 'listen', app, 'secret'), 'utf8')).trim();
  const shown = pages
    .join('\n')
    .replaceAll(secret, `whsec_${'A'.repeat(43)}=`)
    .replaceAll(/ +\d+ ms/g, '   4 ms');
  await expect(shown).toMatchFileSnapshot('golden/listen.txt');
});
