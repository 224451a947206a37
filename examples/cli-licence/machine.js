import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import path from 'node:path';

/* What this machine is called, and where the program keeps its file. */

/**
 * The id that the system gives itself, hashed with the program's name: it stays the same until the system is installed anew, and tells
 * nobody else which machine it is.
 */
export function fingerprint() {
  return createHash('sha256').update(`tides ${machineId()}`).digest('hex');
}

/** How the machine is listed where its owner can remove it. */
export function machineName() {
  return hostname().slice(0, 80) || 'a machine';
}

export function licenceFile() {
  const { APPDATA, XDG_CONFIG_HOME } = process.env;
  const folder =
    process.platform === 'win32'
      ? (APPDATA ?? path.join(homedir(), 'AppData', 'Roaming'))
      : process.platform === 'darwin'
        ? path.join(homedir(), 'Library', 'Application Support')
        : XDG_CONFIG_HOME || path.join(homedir(), '.config');
  return path.join(folder, 'tides', 'licence.json');
}

function machineId() {
  const { platform } = process;
  if (platform === 'darwin')
    return match(run('ioreg', '-rd1', '-c', 'IOPlatformExpertDevice'), /"IOPlatformUUID" = "([^"]+)"/);
  if (platform === 'win32')
    return match(
      run('reg', 'query', String.raw`HKLM\SOFTWARE\Microsoft\Cryptography`, '/v', 'MachineGuid'),
      /MachineGuid\s+REG_SZ\s+(\S+)/,
    );
  return firstOf('/etc/machine-id', '/var/lib/dbus/machine-id');
}

function firstOf(...files) {
  for (const file of files) {
    try {
      const id = readFileSync(file, 'utf8').trim();
      if (id !== '') return id;
    } catch {
      // The next one.
    }
  }
  // A container may have none.
  return hostname();
}

function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', windowsHide: true });
}

function match(text, pattern) {
  const id = pattern.exec(text)?.[1];
  if (!id) throw new Error('The system does not tell the id of this machine.');
  return id;
}
