import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** Endpoints on loopback that answer at once, and one that never does. */
export interface Receivers {
  urls: readonly string[];
  /** Takes connections and requests, and never answers. */
  blackHoleUrl: string;
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
  const held = new Set<Socket>();
  const blackHole = await listen(createServer((request) => void request.resume()));
  blackHole.on('connection', (socket) => {
    held.add(socket);
    socket.on('close', () => held.delete(socket));
  });
  return {
    urls: healthy.map(urlOf),
    blackHoleUrl: urlOf(blackHole),
    arrivals,
    duplicates: () => duplicates,
    expect(expected) {
      arrivals.clear();
      duplicates = 0;
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
      for (const server of [...healthy, blackHole]) {
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
