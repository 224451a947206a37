import { connect, type Socket } from 'node:net';

/** One request, ready to be sent: the client should cost as little as it can beside what it measures. */
export interface Call {
  bytes: Buffer;
  status: number;
  /** A text that the answer must contain, so that a fast wrong answer is not counted. */
  contains: string;
}

export interface Target {
  port: number;
  host: string;
}

/** Makes a request of HTTP/1.1 for `target`. */
export function makeCall(
  { host }: Target,
  request: { method: string; path: string; headers?: Record<string, string>; body?: string },
  expected: { status: number; contains: string },
): Call {
  const { method, path, headers = {}, body } = request;
  const lines = Object.entries({
    host,
    ...headers,
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    bytes: Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`),
    ...expected,
  };
}

/** Kept-alive connections to one target, each with one request under way. Loopback only. */
export interface Client {
  /** Sends all calls and gives each one's latency and the time of all, in milliseconds. @throws on a wrong answer. */
  run(calls: readonly Call[]): Promise<{ latencies: number[]; elapsed: number }>;
  close(): void;
}

const HOST = '127.0.0.1';
const TIMEOUT_MS = 10_000;

export async function openClient(target: Target, connections: number): Promise<Client> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => openSocket(target)));
  return {
    async run(calls) {
      const latencies: number[] = [];
      const waiting = calls.values();
      const startedAt = performance.now();
      await Promise.all(
        sockets.map(async (socket) => {
          for (const call of waiting) {
            const sentAt = performance.now();
            const answer = await exchange(socket, call.bytes);
            latencies.push(performance.now() - sentAt);
            check(call, answer);
          }
        }),
      );
      return { latencies, elapsed: performance.now() - startedAt };
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function openSocket({ port }: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: HOST, port, noDelay: true }, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer within 10 s')));
    socket.once('error', reject);
  });
}

function exchange(socket: Socket, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (act: () => void) => {
      socket.off('data', take).off('error', fail).off('close', fail);
      act();
    };
    const fail = (error?: unknown) =>
      settle(() => reject(error instanceof Error ? error : new Error('the connection was closed')));
    const take = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) settle(() => resolve(text));
    };
    socket.on('data', take).on('error', fail).on('close', fail);
    socket.write(bytes);
  });
}

/** Whether the text is a whole answer: by its length, or by its last chunk. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = text.slice(0, end).toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return text.length >= end + 4 + Number(length);
  return head.includes('\r\ntransfer-encoding: chunked') ? text.endsWith('\r\n0\r\n\r\n') : true;
}

function check(call: Call, answer: string): void {
  const status = Number(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
  if (status === call.status && answer.includes(call.contains)) return;
  const asked = call.bytes.toString().split('\r\n', 1)[0];
  throw new Error(`${asked}: expected ${call.status} with ${call.contains}, got:\n${answer.slice(0, 2_000)}`);
}
