import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { licenceFile } from './machine.js';

/**
 * What the program keeps, in one file that only its user can read, since the key is in it. A program for macOS or Windows may put it into
 * the keychain instead.
 * @typedef {object} Kept
 * @property {string} key the licence key
 * @property {string} activation_id empty: the gateway was asked for one, and has not answered yet
 * @property {string} [attempt] the `Idempotency-Key` of that question
 * @property {string} license the signed licence; empty: there is none yet, or it was taken back
 * @property {{ keys: object[] }} jwks the gateway's public keys, by which the licence is verified without a network
 * @property {number} asked_at when the gateway was asked last, milliseconds
 * @property {number} last_seen the latest time that the program has seen, milliseconds: a clock before it was set back
 * @property {string} [lost] why the gateway has taken the licence back
 */

/** @returns {Promise<Kept | undefined>} undefined when there is none, or none that can be read */
export async function readKept() {
  try {
    const kept = JSON.parse(await readFile(licenceFile(), 'utf8'));
    const isWhole =
      typeof kept?.key === 'string' &&
      typeof kept.activation_id === 'string' &&
      typeof kept.license === 'string' &&
      Array.isArray(kept.jwks?.keys);
    return isWhole ? { asked_at: 0, last_seen: 0, ...kept } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Written beside it and put in its place, so that a crash leaves the old file or the new one.
 * @param {Kept} kept
 */
export async function keep(kept) {
  const file = licenceFile();
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, file);
}

export async function forget() {
  await rm(licenceFile(), { force: true });
}
