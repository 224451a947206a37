import { base64url } from 'jose';
import { Problem } from '../base/problem.ts';
import type { ProductPlace, ProductSort } from './choose-products.rules.ts';

const MESSAGE = 'Use the next_cursor of the page before, with the same parameters.';

/** A list's place as callers get it. It is of its order alone. */
export function writePlace({ key, id }: ProductPlace, sort: ProductSort): string {
  return base64url.encode(JSON.stringify([key, id, sort]));
}

/** @throws {Problem} `validation_failed` when it is not one of ours, or of a list in another order. */
export function readPlace(cursor: string, sort: ProductSort): ProductPlace {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(cursor)));
    if (
      Array.isArray(value) &&
      typeof value[0] === 'string' &&
      typeof value[1] === 'string' &&
      value[2] === sort
    )
      return { key: value[0], id: value[1] };
  } catch {
    // falls through to the one refusal below
  }
  const path = 'query.cursor';
  throw new Problem('validation_failed', {
    detail: `${path}: ${MESSAGE}`,
    errors: [{ path, message: MESSAGE }],
  });
}
