import { createServer } from 'node:net';

/** Everything local listens on this machine only. */
export const HOST = '127.0.0.1';

/** A port that somebody else uses. The message says which and what to do. */
class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/**
 * Makes sure that `port` is free, or finds a free one for 0. `variable` is the setting that chooses it.
 * @throws {PortInUseError}
 */
export async function reservePort(port: number, what: string, variable: string): Promise<number> {
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
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    const trouble = code === 'EADDRINUSE' ? 'is in use' : 'may not be used by you';
    throw new PortInUseError(
      `Port ${port} (${what}) ${trouble}. Stop what uses it, or choose another: ${variable}=${port + 100} npm start`,
      { cause },
    );
  } finally {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }
}
