import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a client and a server of this machine, and cuts connections in the middle of what the server says. */
export interface CuttingProxy {
  url: string;
  /** One more of the answers to come breaks off. */
  cutNext(): void;
  /** How often it has cut. */
  cuts(): number;
}

/** A proxy before `port` until the test ends. */
export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let toCut = 0;
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const close = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', close);
      socket.on('close', () => {
        open.delete(socket);
        close();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      if (toCut === 0) return void client.write(chunk);
      toCut -= 1;
      cuts += 1;
      client.write(chunk.subarray(0, Math.floor(chunk.length / 2)), close);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${own}`, cutNext: () => void (toCut += 1), cuts: () => cuts };
}
