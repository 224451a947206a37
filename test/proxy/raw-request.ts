import { once } from 'node:events';
import { connect } from 'node:net';
import { HOST } from '../../cli/local/ports.ts';

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: string;
}

export interface RawRequest {
  method?: string;
  headers?: readonly string[];
  /** The body as it is sent; the caller adds the length or the chunks. */
  body?: string;
}

/** A request written byte by byte: no client library makes the path nicer than it is. */
export async function request(
  port: number,
  target: string,
  { method = 'GET', headers = [], body = '' }: RawRequest = {},
): Promise<RawAnswer> {
  const socket = connect(port, HOST);
  socket.setEncoding('utf8');
  let text = '';
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  // Somebody who says what the connection is for says that it ends, too.
  const ends = headers.some((line) => /^connection:/i.test(line)) ? [] : ['Connection: close'];
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: shop.example.com', ...ends, ...headers];
  // A server that refuses a request may hang up in the middle of it; its answer counts.
  socket.on('error', () => undefined);
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  await once(socket, 'close');
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...fields] = text.slice(0, end).split('\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]),
    headers: new Headers(fields.map((field) => splitOnce(field))),
    body: text.slice(end + 4),
  };
}

function splitOnce(field: string): [string, string] {
  const at = field.indexOf(':');
  return [field.slice(0, at), field.slice(at + 1).trim()];
}
