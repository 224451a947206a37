import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
/** Far more than all tests hold at once. Containers often have 64 MB there. */
const ENOUGH_BYTES = 2_000_000_000;

/** Where temporary files are otherwise: programs that tests write and run may not stand in memory everywhere. */
export const onDisk = { TMPDIR: tmpdir() };

/**
 * Lets workerd keep its temporary files in memory where Linux has room for that: D1 waits for the disk at every write, and
 * nothing of a test must outlive a power cut. Does nothing elsewhere, or when `TMPDIR` is set.
 */
export function keepFilesInMemory(): void {
  if (process.env['TMPDIR'] || !existsSync(MEMORY)) return;
  const { bavail, bsize } = statfsSync(MEMORY);
  if (bavail * bsize > ENOUGH_BYTES) process.env['TMPDIR'] = MEMORY;
}
