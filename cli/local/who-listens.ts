import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A program that listens on a port. Its name is missing where the system does not say it. */
export interface Listener {
  pid: number;
  name?: string | undefined;
}

interface Way {
  file: string;
  args: (port: number) => string[];
  pattern: (port: number) => RegExp;
}

/** What systems have to ask with: macOS and most Linux, Linux without lsof, Windows. */
const WAYS: readonly Way[] = [
  {
    file: 'lsof',
    args: (port) => ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'],
    pattern: () => /^p(?<pid>\d+)\nc(?<name>.+)$/m,
  },
  {
    file: 'ss',
    args: (port) => ['-Hltnp', `sport = :${port}`],
    pattern: () => /\("(?<name>[^"]+)",pid=(?<pid>\d+)/,
  },
  {
    file: 'netstat',
    args: () => ['-ano', '-p', 'TCP'],
    pattern: (port) => new RegExp(`:${port}\\s+\\S+\\s+LISTENING\\s+(?<pid>\\d+)`),
  },
];

/** The program that listens on a port of this machine; undefined when the system does not say, as for another user's. */
export async function whoListens(port: number): Promise<Listener | undefined> {
  for (const { file, args, pattern } of WAYS) {
    const { stdout } = await promisify(execFile)(file, args(port)).catch(() => ({ stdout: '' }));
    const found = pattern(port).exec(stdout)?.groups;
    if (found?.['pid'] !== undefined) return { pid: Number(found['pid']), name: found['name'] };
  }
  return undefined;
}

/** What is typed to end a process. */
export const commandToEnd = (pid: number): string =>
  process.platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill ${pid}`;
