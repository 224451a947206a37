import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { HOST, reservePort } from '../../cli/local/ports.ts';

/** A text that nobody may see without having paid. */
export const PAID = 'A reefer box has lost its power';

export interface Site {
  /** `host:port` */
  address: string;
  port: number;
  /** The paths that reached it. */
  seen: string[];
  close(): Promise<void>;
}

/**
 * A site that trusts its proxy, and reads paths as loosely as any server ever has: whatever can be taken for the paid
 * article is the paid article. It shows the headers and the body that it got, answers with the status that the query
 * names, and changes to any protocol that it is asked to.
 */
export async function startSite(paidPath: string): Promise<Site> {
  const port = await reservePort(0, 'the site', '');
  const seen: string[] = [];
  const isPaid = (target: string) => readLoosely(target).some((path) => path.startsWith(paidPath));
  const show = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const target = incoming.url ?? '';
    seen.push(target);
    const headers = incoming.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [[name, all[i + 1]]] : []));
    let received = '';
    for await (const part of incoming.setEncoding('utf8')) received += String(part);
    outgoing.statusCode = Number(/[?&]status=(\d{3})$/.exec(target)?.[1] ?? 200);
    outgoing.setHeader('content-type', 'application/json');
    outgoing.setHeader('cache-control', 'public, max-age=3600');
    const body = JSON.stringify({ text: isPaid(target) ? PAID : 'free', headers, received });
    // nginx asks as HTTP/1.0 asks, and would pass an answer of unknown length on in chunks.
    outgoing.setHeader('content-length', Buffer.byteLength(body));
    outgoing.end(body);
  };
  const server = createServer((incoming, outgoing) => {
    // A visitor who goes away in the middle.
    show(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
    seen.push(incoming.url ?? '');
    const upgrade = incoming.headers.upgrade ?? '';
    const shown = JSON.stringify({
      text: isPaid(incoming.url ?? '') ? PAID : 'free',
      headers: incoming.headers,
    });
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${upgrade}\r\nConnection: Upgrade\r\n\r\n${shown}`,
    );
  });
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  return {
    address: `${HOST}:${port}`,
    port,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Every reading of a request target that some server has. */
function readLoosely(target: string): string[] {
  const readings = new Set([target.replace(/^https?:\/\/[^/]*/i, '')]);
  const steps: ((path: string) => string)[] = [
    (path) => path.replace(/[?#].*$/s, ''),
    decodeLoosely,
    (path) => path.replaceAll('\\', '/'),
    (path) => path.replaceAll(/;[^/]*/g, ''),
    (path) => path.split('\0', 1)[0] ?? '',
    (path) => path.normalize('NFKC'),
    (path) => path.replaceAll(/[\p{Cc}\p{Cf}]/gu, ''),
    (path) => path.replaceAll(/[. ]+(?=\/|$)/g, (dots) => (/^\.{1,2}$/.test(dots) ? dots : '')),
    (path) => path.replaceAll(/\/{2,}/g, '/'),
    resolveDots,
    (path) => path.normalize('NFKD').replaceAll(/\p{M}/gu, ''),
    (path) => path.toUpperCase().toLowerCase(),
    (path) => path.replaceAll('ø', 'o').replaceAll('ł', 'l'),
  ];
  // Three rounds, each on top of all before: decoded twice, with dots that appear only then.
  for (let round = 0; round < 3; round++) {
    for (const step of steps) {
      const before = Array.from(readings, step);
      for (const reading of before) readings.add(reading);
    }
  }
  return [...readings];
}

/** Percent-decoding that takes overlong and broken sequences for what they stand for. */
function decodeLoosely(path: string): string {
  const bytes = path
    .replaceAll(/%c0%ae/gi, '.')
    .replaceAll(/%c0%af/gi, '/')
    .replaceAll(/%u00([0-9a-f]{2})/gi, '%$1');
  try {
    return decodeURIComponent(bytes);
  } catch {
    return bytes.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}

function resolveDots(path: string): string {
  const out: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') out.pop();
    else if (segment !== '.') out.push(segment);
  }
  return `/${out.filter((segment, i) => segment !== '' || i > 0).join('/')}`;
}
