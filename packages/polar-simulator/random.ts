/** Everything random in a run comes from here, so that the same seed and the same calls give the same run. */

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** Where the sequence stands; part of a snapshot. */
  position(): number;
  restore(position: number): void;
}

/** The mulberry32 generator: small, fast and good enough for ids that only have to be distinct. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    position: () => state,
    restore(position) {
      state = position >>> 0;
    },
  };
}

/** A lowercase UUID, version 4. */
export function uuid(random: Random): string {
  const word = () => Math.floor(random.next() * 2 ** 32);
  const hex = [word(), word(), word(), word()].map((part) => part.toString(16).padStart(8, '0')).join('');
  const variant = '89ab'[Math.floor(random.next() * 4)] ?? '8';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function pick(random: Random, alphabet: string, length: number): string {
  let text = '';
  for (let index = 0; index < length; index++) text += alphabet[Math.floor(random.next() * alphabet.length)];
  return text;
}

export const letters = (random: Random, length: number): string => pick(random, LETTERS, length);

/** A secret as Polar makes them: a prefix, 37 random characters and a 6-character checksum of those. */
export function token(random: Random, prefix: string): string {
  const body = pick(random, BASE62, 37);
  let checksum = '';
  for (let rest = crc32(body); checksum.length < 6; rest = Math.floor(rest / 62)) {
    checksum = `${BASE62[rest % 62]}${checksum}`;
  }
  return `${prefix}${body}${checksum}`;
}

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
