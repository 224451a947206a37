import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { HOST } from '../../cli/local/ports.ts';

/** A way to a server on this machine that breaks. */
export interface CuttingProxy {
  url: string;
  /** Cuts each of the next connections, so many, after some bytes of what the server says. */
  cutNext(connections: number): void;
  /** How many are still to be cut. */
  left: number;
  close(): Promise<void>;
}

/** Opens one to `port`. */
export async function openCuttingProxy(port: number): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, HOST);
    let left = proxy.left > 0 ? CUT_AFTER[proxy.left % CUT_AFTER.length] : undefined;
    if (left !== undefined) proxy.left -= 1;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        open.delete(socket);
        end();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      if (left === undefined || chunk.length < left) client.write(chunk);
      else client.write(chunk.subarray(0, left), end);
      if (left !== undefined) left -= chunk.length;
    });
  });
  const proxy: CuttingProxy = {
    url: '',
    left: 0,
    cutNext(connections) {
      proxy.left = connections;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, HOST);
  await once(server, 'listening');
  proxy.url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  return proxy;
}

/** Within the headers, at the beginning of a page (compressed), in it, and pages later. */
const CUT_AFTER = [40, 600, 2_000, 12_000];
