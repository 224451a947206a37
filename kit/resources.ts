/*
 * The gateway's own rule of what a resource name covers (its `src/domain/resources.ts`), written once more because the
 * kit depends on nothing. A test compares the two over generated names.
 */

const CONTENT = 'content:';
const BENEATH = '/*';

/**
 * Whether having `entitlement` opens `resource`: the same name, or content at or beneath `content:<path>/*`. Whole
 * segments, case-sensitive, nothing is decoded; however an accent is written, it is the same.
 */
export function covers(entitlement: string, resource: string): boolean {
  return entitlement === resource || standsFor(entitlement.normalize('NFC'), resource.normalize('NFC'));
}

function standsFor(entitlement: string, resource: string): boolean {
  if (entitlement === resource) return true;
  if (!entitlement.startsWith(CONTENT) || !entitlement.endsWith(BENEATH)) return false;
  const base = entitlement.slice(0, -BENEATH.length);
  if (base.length <= CONTENT.length) return false;
  if (resource === base) return true;
  return resource.startsWith(`${base}/`) && isPlainPath(resource.slice(base.length + 1));
}

/** A path that something behind the site may resolve (`..`, however it is written) is beneath nothing. */
function isPlainPath(path: string): boolean {
  if (/\\|%2e|%2f|%5c/i.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
