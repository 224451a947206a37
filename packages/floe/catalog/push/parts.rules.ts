/** Storages take no part below 5 MiB but the last, and Polar at most 10,000 parts. */
const PART_BYTES = 16 * 1024 * 1024;

/** A part of a file, numbered from 1. Bytes; `chunk_end` is behind the last one. */
export interface Part {
  number: number;
  chunk_start: number;
  chunk_end: number;
}

/** How a file of `size` bytes is divided. An empty file is one empty part. */
export function divide(size: number, partBytes = PART_BYTES): Part[] {
  const parts = Math.max(1, Math.ceil(size / partBytes));
  return Array.from({ length: parts }, (_, i) => ({
    number: i + 1,
    chunk_start: i * partBytes,
    chunk_end: Math.min(size, (i + 1) * partBytes),
  }));
}
