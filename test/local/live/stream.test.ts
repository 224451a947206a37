import { Writable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { NewHappening } from '../../../cli/local/live/happenings.ts';
import { createReaders } from '../../../cli/local/live/readers.ts';
import { createStream } from '../../../cli/local/live/stream.ts';

const mask = (text: string) => text.replaceAll('secret', '…');
const happening = (what: string): NewHappening => ({
  at: 0,
  kind: 'request',
  what,
  whom: null,
  result: '200',
  ok: true,
  duration_ms: 1,
  payload: null,
  chain: null,
});

/** Where a reader's answer goes. While `isSlow`, nothing is taken. */
class Sink extends Writable {
  text = '';
  isSlow = false;
  private waiting: (() => void)[] = [];

  constructor() {
    super({ highWaterMark: 512 });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    if (this.isSlow) this.waiting.push(done);
    else done();
  }

  writeHead(): this {
    return this;
  }

  take(): void {
    this.isSlow = false;
    for (const done of this.waiting.splice(0)) done();
  }

  get whats(): string[] {
    return [...this.text.matchAll(/^data: (\{.*)$/gm)].map(
      ([, json = '']) => JSON.parse(json).what as string,
    );
  }
}

const open = (readers: ReturnType<typeof createReaders>, sink: Sink, after: number) =>
  readers.open(sink as unknown as ServerResponse, after, {});
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('it keeps the newest, by number and by size', () => {
  const stream = createStream('http://x/live', mask, { maxCount: 3, maxCharacters: 10_000 });
  for (const what of 'abcde') stream.add(happening(what));
  expect(stream.after(0)?.happening.what).toBe('c');
  expect(stream.after(4)?.happening.what).toBe('e');
  expect(stream.after(5)).toBeUndefined();
  stream.add({ ...happening('big'), payload: 'x'.repeat(9_900) });
  expect(stream.after(0)?.happening.what).toBe('big');
});

test('each line is masked', () => {
  const stream = createStream('http://x/live', mask);
  const added = stream.add({ ...happening('a secret'), whom: 'secret', result: '404 secret' });
  expect([added.what, added.whom, added.result]).toEqual(['a …', '…', '404 …']);
  expect(stream.after(0)?.json).not.toContain('secret');
});

test('an id of another start is no number of this one', () => {
  const stream = createStream('http://x/live', mask);
  const { id, link } = stream.add(happening('a'));
  expect(stream.numberOf(id)).toBe(1);
  expect(link).toBe(`http://x/live#${id}`);
  for (const other of ['', '1', 'zz-1', `${id}x`, `${id.split('-')[0]}-1e3`, `${id.split('-')[0]}--1`])
    expect(stream.numberOf(other)).toBeUndefined();
});

test('readers are told what is kept, then what happens, and each from where it was', async () => {
  const stream = createStream('http://x/live', mask);
  const readers = createReaders(stream);
  stream.add(happening('a'));
  stream.add(happening('b'));
  const [all, later] = [new Sink(), new Sink()];
  open(readers, all, 0);
  open(readers, later, 1);
  stream.add(happening('c'));
  await turn();
  expect(all.whats).toEqual(['a', 'b', 'c']);
  expect(later.whats).toEqual(['b', 'c']);
  readers.close();
  expect([all.writableEnded, later.writableEnded]).toEqual([true, true]);
});

test('a slow reader costs no memory, misses what is forgotten meanwhile, and is told so', async () => {
  const stream = createStream('http://x/live', mask, { maxCount: 10, maxCharacters: 1_000_000 });
  const readers = createReaders(stream);
  const sink = new Sink();
  sink.isSlow = true;
  open(readers, sink, 0);
  for (let i = 1; i <= 5_000; i++) stream.add({ ...happening(String(i)), payload: 'x'.repeat(200) });
  expect(sink.writableLength).toBeLessThan(2_000);
  sink.take();
  while (sink.whats.at(-1) !== '5000') await turn();
  expect(sink.whats.slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => String(4_991 + i)));
  expect(sink.text).toMatch(/^event: gap\ndata: 49\d\d$/m);
  expect(sink.whats.length).toBeLessThan(20);
  readers.close();
});

test('readers that are gone are forgotten, and there may be only so many', async () => {
  const stream = createStream('http://x/live', mask);
  const readers = createReaders(stream);
  const sinks = Array.from({ length: 60 }, () => new Sink());
  expect(sinks.every((sink) => open(readers, sink, 0))).toBe(true);
  expect(open(readers, new Sink(), 0)).toBe(false);
  for (const sink of sinks.slice(0, 59)) sink.destroy();
  await turn();
  expect(readers.count).toBe(1);
  expect(open(readers, new Sink(), 0)).toBe(true);
  readers.close();
});
