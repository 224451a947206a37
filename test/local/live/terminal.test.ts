import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { CATALOGUE, type Happening } from '../../../cli/local/live/happenings.ts';
import { jsonLines, textLines } from '../../../cli/local/live/terminal.ts';

const LIVE = 'http://127.0.0.1:8787/live';
const PAID: Happening = {
  id: 'mfx1-12',
  at: '2026-11-29T10:00:00.123Z',
  kind: 'webhook',
  what: 'order.paid',
  whom: 'ada@floe-mail.dev',
  result: 'applied',
  ok: true,
  duration_ms: 18,
  link: `${LIVE}#mfx1-12`,
  payload: { type: 'order.paid' },
  chain: 'pay_1',
};

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

/** A terminal, or a file when `columns` is undefined. */
function newOut(columns?: number) {
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const tty =
    columns === undefined
      ? {}
      : {
          isTTY: true,
          columns,
          getColorDepth: () => WriteStream.prototype.getColorDepth.call(process.stdout),
        };
  return { out: Object.assign(out, tty) as unknown as NodeJS.WriteStream, read: () => text };
}

test('a line says what, for whom, the result, how long it took, and where it is shown', () => {
  const { out, read } = newOut(160);
  textLines(out, LIVE).show(PAID);
  expect(stripVTControlCharacters(read())).toMatch(
    /^\d\d:\d\d:\d\d {2}webhook {3}order\.paid +ada@floe-mail\.dev +applied +18 ms {2}http:\/\/127\.0\.0\.1:8787\/live#mfx1-12\n$/,
  );
});

test('it has colours on a terminal, and none with NO_COLOR or in a file', () => {
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('NODE_DISABLE_COLORS', undefined);
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm-256color');
  const show = ({ out, read }: ReturnType<typeof newOut>) => {
    textLines(out, LIVE).show(PAID);
    return read();
  };
  expect(show(newOut(160))).toContain('\u001B[');
  expect(show(newOut())).not.toContain('\u001B');
  vi.stubEnv('NO_COLOR', '1');
  expect(show(newOut(160))).not.toContain('\u001B');
});

test('it stays one line on a narrow terminal, with the end of the link', () => {
  const { out, read } = newOut(100);
  textLines(out, LIVE).show({ ...PAID, what: 'w'.repeat(200), whom: 'ö'.repeat(200) });
  const line = stripVTControlCharacters(read()).trimEnd();
  expect(line.split('\n')).toHaveLength(1);
  expect(line.length).toBeLessThanOrEqual(100);
  expect(line).toMatch(/w… {2}ö+… {2}.* {2}#mfx1-12$/);
});

test('what a buyer typed does not reach the terminal as anything but text', () => {
  const { out, read } = newOut(160);
  textLines(out, LIVE).show({ ...PAID, whom: 'a\u001B[2J\r\nb\u202Ec' });
  expect(stripVTControlCharacters(read())).toContain('a?[2J??b?c');
});

test('setting up products is one line', () => {
  vi.useFakeTimers();
  const { out, read } = newOut(160);
  const terminal = textLines(out, LIVE);
  for (const kind of ['webhook', 'event', 'delivery', 'webhook'] as const)
    terminal.show({ ...PAID, kind, what: 'product.created', chain: CATALOGUE });
  vi.runAllTimers();
  expect(stripVTControlCharacters(read())).toMatch(/^.* 2 webhooks, 1 events, 1 deliveries {2}http.*\n$/);
});

test('with --json a line is the happening itself', () => {
  const { out, read } = newOut(160);
  jsonLines(out).show(PAID);
  expect(read().endsWith('\n')).toBe(true);
  expect(JSON.parse(read())).toEqual(PAID);
});
