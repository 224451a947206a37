import { spawn } from 'node:child_process';

/** What a system has to open an address with. */
function commandFor(platform: NodeJS.Platform, url: string): [string, string[]] {
  if (platform === 'darwin') return ['open', [url]];
  // `start` takes a first argument in quotes for the title of a window.
  if (platform === 'win32') return ['cmd', ['/c', 'start', '""', url]];
  return ['xdg-open', [url]];
}

/** A command that has not failed by then is showing the page. */
const FAILS_WITHIN_MS = 2_000;

/** Opens an address of this machine in the browser. False where there is none: nothing fails. */
export async function openBrowser(url: string): Promise<boolean> {
  const [command, options] = commandFor(process.platform, url);
  return new Promise((resolve) => {
    const child = spawn(command, options, { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => resolve(true), FAILS_WITHIN_MS);
    const end = (isOpen: boolean) => {
      clearTimeout(timer);
      resolve(isOpen);
    };
    child.once('error', () => end(false));
    child.once('exit', (code) => end(code === 0));
    child.unref();
  });
}
