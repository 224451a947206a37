/** Where uploaded files are kept: what a real Polar leaves to S3 (facts §8). */

import type { DownloadableRow, DownloadLinkRow, FilePart, FileRow, GrantRow } from '../state.ts';
import { HOUR_MS, isoFromMs } from '../time.ts';
import { token } from '../random.ts';
import type { World } from '../world.ts';

const toBase64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
};

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** A file of an organization that was uploaded to the end for one purpose, and is still there. */
export function findUploaded(
  world: World,
  organizationId: string,
  service: FileRow['service'],
  id: string,
): FileRow | undefined {
  const file = world.tables.files.getIn('organization', organizationId, id);
  return file?.service === service && file.is_uploaded && !file.deleted_at ? file : undefined;
}

/** Keeps one part. False when its bytes are not those that were announced. */
export async function storePart(part: FilePart, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const digest = await sha256(bytes);
  if (part.checksum_sha256_base64 !== null && part.checksum_sha256_base64 !== toBase64(digest)) return false;
  part.content = toBase64(bytes);
  // S3's is an MD5; to a client it is any text that it must hand back.
  part.etag = `"${hexOf(digest).slice(0, 32)}"`;
  return true;
}

export function contentOf(file: FileRow): Uint8Array<ArrayBuffer> {
  const parts = file.parts.map((part) => fromBase64(part.content));
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** All parts are there: the file is whole from now on. */
export async function completeFile(world: World, file: FileRow): Promise<void> {
  const digest = await sha256(contentOf(file));
  file.checksum_sha256_base64 = toBase64(digest);
  file.checksum_sha256_hex = hexOf(digest);
  file.checksum_etag = `"${hexOf(digest).slice(0, 32)}-${file.parts.length}"`;
  file.storage_version = token(world.random, '');
  file.last_modified_at = world.stamp();
  file.is_uploaded = true;
  world.touch(file);
}

/** The entry of a grant's file in its holder's list; made when it is first listed. */
export function downloadableOf(world: World, grant: GrantRow, file: FileRow): DownloadableRow {
  const { downloadables } = world.tables;
  const { customer_id, member_id, benefit_id } = grant;
  const [known] = downloadables.by('holding', `${customer_id} ${member_id} ${benefit_id} ${file.id}`);
  return (
    known ??
    downloadables.insert({
      id: world.id(),
      created_at: world.stamp(),
      customer_id,
      member_id,
      benefit_id,
      file_id: file.id,
      downloads: 0,
    })
  );
}

/** A link that works for an hour from now. Older ones keep their own end. */
export function createDownloadLink(world: World, entry: DownloadableRow): DownloadLinkRow {
  const { downloadLinks } = world.tables;
  for (const link of downloadLinks.by('downloadable', entry.id))
    // For another hour it is answered that it has ended, as a signature would say it.
    if (Date.parse(link.expires_at) + HOUR_MS <= world.now()) downloadLinks.delete(link.id);
  world.changed();
  return downloadLinks.insert({
    id: token(world.random, 'polar_dl_'),
    downloadable_id: entry.id,
    file_id: entry.file_id,
    expires_at: isoFromMs(world.now() + HOUR_MS),
  });
}

/** Whether a link has ended. */
export function hasEnded(world: World, { expires_at }: DownloadLinkRow): boolean {
  return Date.parse(expires_at) <= world.now();
}
