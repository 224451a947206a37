/**
 * A gateway's origin, as people write it, without the slashes at its end. The time of a pattern such as `/\/+$/` would
 * grow with the square of the length.
 */
export function withoutSlashes(origin: string): string {
  let end = origin.length;
  while (end > 0 && origin[end - 1] === '/') end -= 1;
  return origin.slice(0, end);
}
