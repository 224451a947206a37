import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What a receiver that is asked too much asks for. */
export const RETRY_AFTER_MS = 2_000;
/** It says so to each such request. */
const TOO_MUCH_EACH = 4;

/** Endpoints on loopback that answer at once, one that never does, and one that says "slow down" now and then. */
export interface Receivers {
  urls: readonly string[];
  /** Takes connections and requests, and never answers. */
  blackHoleUrl: string;
  /** Answers one of four requests with 429 and `Retry-After`. What it took arrives as at the healthy ones. */
  busyUrl: string;
  /** All its requests since the last `expect`, and which of them it refused. */
  busy: readonly { at: number; isRefused: boolean }[];
  /** What the healthy ones got since the last `expect`, by payment and endpoint: `performance.now()` of the first time. */
  arrivals: ReadonlyMap<string, number>;
  /** How often something came that had come before. */
  duplicates(): number;
  /** Forgets what came, and waits for `count` different ones from now on. */
  expect(count: number): { arrived(withinMs: number): Promise<void> };
  /** Breaks off whatever waits in the black hole. */
  releaseBlackHole(): void;
  close(): void;
}

const PAYMENT = /pay_[0-9a-z]{26}/;

/** What an arrival is known by. */
export function arrivalKey(paymentId: string, url: string): string {
  return `${paymentId} at ${url}`;
}

export async function startReceivers(count: number): Promise<Receivers> {
  const arrivals = new Map<string, number>();
  let duplicates = 0;
  let wanted = Infinity;
  let reached = () => {};
  const arrive = (text: string, url: string, at: number) => {
    const key = arrivalKey(PAYMENT.exec(text)?.[0] ?? '', url);
    if (arrivals.has(key)) duplicates += 1;
    else arrivals.set(key, at);
    if (arrivals.size >= wanted) reached();
  };
  const healthy = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = await listen(createServer());
      const url = urlOf(server);
      server.on('request', (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          arrive(Buffer.concat(chunks).toString('latin1'), url, performance.now());
          response.writeHead(200, { 'content-length': 2 }).end('ok');
        });
      });
      return server;
    }),
  );
  const busy: { at: number; isRefused: boolean }[] = [];
  const busyServer = await listen(createServer());
  const busyUrl = urlOf(busyServer);
  busyServer.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const at = performance.now();
      const isRefused = busy.length % TOO_MUCH_EACH === TOO_MUCH_EACH - 1;
      busy.push({ at, isRefused });
      if (isRefused) {
        response.writeHead(429, { 'retry-after': String(RETRY_AFTER_MS / 1000) }).end();
        return;
      }
      arrive(Buffer.concat(chunks).toString('latin1'), busyUrl, at);
      response.writeHead(200, { 'content-length': 2 }).end('ok');
    });
  });
  const held = new Set<Socket>();
  const blackHole = await listen(createServer((request) => void request.resume()));
  blackHole.on('connection', (socket) => {
    held.add(socket);
    socket.on('close', () => held.delete(socket));
  });
  return {
    urls: healthy.map(urlOf),
    blackHoleUrl: urlOf(blackHole),
    busyUrl,
    busy,
    arrivals,
    duplicates: () => duplicates,
    expect(expected) {
      arrivals.clear();
      duplicates = 0;
      busy.length = 0;
      wanted = expected;
      const all = new Promise<void>((resolve) => (reached = resolve));
      return {
        async arrived(withinMs) {
          let timer: NodeJS.Timeout | undefined;
          const late = new Promise<never>((_resolve, reject) => {
            timer = setTimeout(
              () => reject(new Error(`${arrivals.size} of ${expected} arrived within ${withinMs / 1000} s`)),
              withinMs,
            );
          });
          await Promise.race([all, late]).finally(() => clearTimeout(timer));
        },
      };
    },
    releaseBlackHole() {
      for (const socket of held) socket.destroy();
    },
    close() {
      for (const server of [...healthy, busyServer, blackHole]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
}
