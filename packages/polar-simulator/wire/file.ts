/** Files as Polar writes them. */

import type { FileRow } from '../state.ts';
import type { World } from '../world.ts';

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

function readable(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}

/** What all forms of a file share. */
export function fileBaseToWire(row: FileRow) {
  const { created_at: _1, modified_at: _2, deleted_at: _3, upload_id: _4, parts: _5, ...file } = row;
  return { ...file, size_readable: readable(row.size) };
}

const PUBLIC = new Set<FileRow['service']>(['product_media', 'organization_avatar']);

export function fileToWire(world: World, row: FileRow) {
  return {
    ...fileBaseToWire(row),
    created_at: row.created_at,
    ...(row.service === 'downloadable' ? { flagged_malicious_at: null } : {}),
    ...(PUBLIC.has(row.service) ? { public_url: `${world.publicUrl}/_storage/public/${row.path}` } : {}),
  };
}
