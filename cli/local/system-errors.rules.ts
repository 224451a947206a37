import path from 'node:path';

/** Why the system did not let something be written, and what to do. */
const WHY: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'it is on a disk that can only be read',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is used up',
  ENOTDIR: 'part of its path is a file, not a folder',
};

/**
 * A sentence for an error of the file system, with what mends it; undefined for any other error. `stateDir` may be put
 * elsewhere, and `project` is where the gateway is built.
 */
export function explainSystemError(
  error: unknown,
  { stateDir, project }: { stateDir: string; project: string },
): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  const { code, path: file } = error;
  const why = typeof code === 'string' ? WHY[code] : undefined;
  if (why === undefined || typeof file !== 'string') return undefined;
  const what = `${file} cannot be written: ${why}.`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return `${what} Free some space, then run npm start again.`;
  if (isBeneath(file, stateDir) && stateDir !== path.join(project, '.floe'))
    return `${what} Name a folder of yours: npm start -- --state ${path.join(project, '.floe')}`;
  if (code === 'EROFS' || code === 'ENOTDIR')
    return `${what} Put this project, ${project}, where files can be written.`;
  return `${what} Make it yours: sudo chown -R "$(id -un)" ${project}`;
}

function isBeneath(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way === '' || (!way.startsWith('..') && !path.isAbsolute(way));
}
