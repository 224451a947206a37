import { request as ask } from 'node:http';
import { createServer } from 'node:https';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import type { Certificates } from './certificates.ts';

/** The gateway's name in docs/proxies.md. */
const NAME = 'pay.example.com';

/** What a proxy asked the gateway. */
interface Asked {
  method: string;
  /** By lower-case name. */
  headers: Record<string, string | string[] | undefined>;
  bodyBytes: number;
}

/** The gateway under its public name, with TLS, as the edge stands before it. */
export interface Front {
  /** `host:port` */
  address: string;
  asked: Asked[];
  close(): Promise<void>;
}

/** Puts TLS before what speaks plain HTTP at `gateway`, `host:port`. By default for the name that the recipes use. */
export async function openFront(
  gateway: string,
  certificates: Certificates,
  names: readonly string[] = [`DNS:${NAME}`, `IP:${HOST}`],
): Promise<Front> {
  const asked: Asked[] = [];
  const port = await reservePort(0, 'the front', '');
  const server = createServer(await certificates.issue(names), (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    // As the edge does for a name that is nobody's.
    if (headers.host !== NAME) {
      outgoing.writeHead(421).end();
      return;
    }
    const entry: Asked = { method, headers, bodyBytes: 0 };
    asked.push(entry);
    incoming.on('data', (bytes: Buffer) => {
      entry.bodyBytes += bytes.length;
    });
    // As they came, twice if they came twice, but for the name.
    const same = incoming.rawHeaders.map((text, i, all) =>
      i % 2 === 1 && all[i - 1]?.toLowerCase() === 'host' ? gateway : text,
    );
    const [hostname, at] = gateway.split(':');
    const onward = ask({ hostname, port: at, method, path: url, headers: same, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  return {
    address: `${HOST}:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
