import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Stream } from './stream.ts';

/* Readers of the stream by server-sent events. What waits for a reader is in the stream alone, so a slow one costs no memory. */

const HEARTBEAT_MS = 15_000;
const MAX_READERS = 60;
/** How often, and how long each time, it is waited for readers that are gone to be found out. */
const ROOM_TRIES = 10;
const ROOM_MS = 50;

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

export interface Readers {
  /** Begins after this number, or with the oldest that is kept. False when there are too many readers. */
  open(response: ServerResponse, after: number, headers: Record<string, string>): boolean;
  /** Finds out which readers are gone, when there are as many as it takes. */
  makeRoom(): Promise<void>;
  readonly count: number;
  close(): void;
}

export function createReaders(stream: Stream): Readers {
  const open = new Set<{ go: () => void; response: ServerResponse }>();
  const unsubscribe = stream.subscribe(() => {
    for (const { go } of open) go();
  });
  // It finds out whose other end is gone.
  const beat = () => {
    for (const { response } of open) if (!response.writableNeedDrain) response.write(': still here\n\n');
  };
  const heartbeat = setInterval(beat, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    open(response, after, headers) {
      if (open.size >= MAX_READERS) return false;
      let at = after;
      const go = () => {
        while (!response.writableNeedDrain && !response.destroyed) {
          const entry = stream.after(at);
          if (!entry) return;
          // The reader was away, or slow, for longer than the stream keeps.
          if (at > 0 && entry.number > at + 1)
            response.write(`event: gap\ndata: ${entry.number - at - 1}\n\n`);
          at = entry.number;
          response.write(`id: ${entry.happening.id}\ndata: ${entry.json}\n\n`);
        }
      };
      const reader = { go, response };
      open.add(reader);
      response.on('drain', go);
      response.once('close', () => open.delete(reader));
      response.writeHead(200, { ...STREAM_HEADERS, ...headers });
      response.write('retry: 1000\n\n');
      go();
      return true;
    },
    async makeRoom() {
      for (let i = 0; open.size >= MAX_READERS && i < ROOM_TRIES; i++) {
        beat();
        await setTimeout(ROOM_MS);
      }
    },
    get count() {
      return open.size;
    },
    close() {
      clearInterval(heartbeat);
      unsubscribe();
      for (const { response } of open) response.end();
    },
  };
}
