import { createServer } from 'node:net';
import { leftoverOn, ownerOfPort } from './running.ts';
import { commandToEnd, whoListens } from './who-listens.ts';

/** Everything local listens on this machine only. */
export const HOST = '127.0.0.1';

/** Where something wants to listen, and the setting that chooses it. Port 0: any that is free. */
export interface WantedPort {
  port: number;
  what: string;
  variable: string;
}

/** Ports that somebody else uses. The message says which, whose they are as far as that can be known, and what to do. */
class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/** Makes sure that a port is free, or finds a free one for 0. @throws {PortInUseError} */
export async function reservePort(port: number, what: string, variable: string): Promise<number> {
  const [reserved = port] = await reservePorts([{ port, what, variable }]);
  return reserved;
}

/** The same for several: all that are in use are named at once. @throws {PortInUseError} */
export async function reservePorts(wanted: readonly WantedPort[]): Promise<number[]> {
  refuseTwice(wanted);
  const tried = await Promise.all(wanted.map(async (each) => ({ each, found: await tryPort(each.port) })));
  const refused = tried.flatMap(({ each, found }) => (typeof found === 'string' ? [{ each, found }] : []));
  if (refused.length === 0) return tried.map(({ found }) => Number(found));
  const lines = new Map<string, string[]>();
  for (const { each, found } of refused) {
    const why = found === 'EADDRINUSE' ? `in use by ${await describeUser(each.port)}` : 'not yours to use.';
    lines.set(why, [...(lines.get(why) ?? []), `${each.port} (${each.what})`]);
  }
  const sentences = [...lines].map(([why, ports]) =>
    ports.length === 1 ? `Port ${ports[0]} is ${why}` : `Ports ${ports.join(', ')} are ${why}`,
  );
  throw new PortInUseError(
    `${sentences.join('\n')}\nEnd what is there, or choose another port: ${again(
      wanted,
      refused.map(({ each }) => each),
    )}`,
  );
}

/** Whose a port is, as far as that can be known, and how that is ended. */
async function describeUser(port: number): Promise<string> {
  const floe = await ownerOfPort(port);
  if (floe)
    return `another Floe: process ${floe.pid}, state in ${floe.stateDir}. It ends with: ${commandToEnd(floe.pid)}`;
  const left = await leftoverOn([port]);
  if (left)
    return `what a killed Floe has left: process ${left.pid}. It ends with: ${commandToEnd(left.pid)}`;
  const stranger = await whoListens(port);
  return stranger
    ? `a program that is not Floe: ${stranger.name ?? 'unnamed'}, process ${stranger.pid}. It ends with: ${commandToEnd(stranger.pid)}`
    : 'a program of another user, or one that this system does not name.';
}

/** The command that was given, with other ports for those that are `taken`. */
function again(wanted: readonly WantedPort[], taken: readonly WantedPort[]): string {
  const settings = wanted
    .filter((each) => taken.includes(each) || process.env[each.variable])
    .map((each) => `${each.variable}=${taken.includes(each) ? another(each.port) : each.port} `);
  const given = process.argv
    .slice(2)
    .map((word) => (/^[\w./:=@-]+$/.test(word) ? word : JSON.stringify(word)));
  return `${settings.join('')}npm start${given.length > 0 ? ` -- ${given.join(' ')}` : ''}`;
}

/** Ports below 1024 need special rights. */
const another = (port: number): number =>
  port < 1024 ? port + 8000 : port < 65_436 ? port + 100 : port - 100;

/** @throws {PortInUseError} when two of them were given the same port. */
function refuseTwice(wanted: readonly WantedPort[]): void {
  for (const [index, one] of wanted.entries()) {
    const other = wanted.slice(0, index).find(({ port }) => port !== 0 && port === one.port);
    if (other)
      throw new PortInUseError(
        `${other.variable} and ${one.variable} are both ${one.port}: ${other.what} and ${one.what} need a port each.`,
      );
  }
}

/** The port, or the code of why not. */
async function tryPort(port: number): Promise<number | 'EADDRINUSE' | 'EACCES'> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: HOST, exclusive: true }, () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EADDRINUSE' || code === 'EACCES') return code;
    throw cause;
  } finally {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }
}
