import { spawn } from 'node:child_process';

interface Machine {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
}

/** What opens an address on this machine; undefined where there is no screen to open it on. */
export function browserCommand({
  platform,
  env,
}: Machine): readonly [program: string, ...args: string[]] | undefined {
  // Through SSH it would open in another room.
  if (env['SSH_CONNECTION'] || env['CI']) return undefined;
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  if (env['WSL_DISTRO_NAME']) return ['explorer.exe'];
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : undefined;
}

/** Opens an address of ours in the user's browser. @returns whether there is something that does so */
export async function openBrowser(url: string, machine: Machine): Promise<boolean> {
  const [program, ...args] = browserCommand(machine) ?? [];
  if (program === undefined) return false;
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    child.on('error', () => resolve(false));
    child.on('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
