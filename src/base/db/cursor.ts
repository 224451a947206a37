import { base64url } from 'jose';
import { Problem } from '../problem.ts';

const USE_NEXT = 'Use the next_cursor of the page before, with the same parameters.';

/** Where a list goes on: after the row with this time (or what else it is sorted by) and id. */
export interface Cursor {
  at: number;
  id: string;
}

/** `order`: what the list is sorted by, when it is not newest first. */
export function encodeCursor({ at, id }: Cursor, order = ''): string {
  return base64url.encode(JSON.stringify(order === '' ? [at, id] : [at, id, order]));
}

/**
 * @throws {Problem} `validation_failed` when it is not one of ours, or of a list in another order, where it would skip rows
 * unseen; `path` names its field.
 */
export function decodeCursor(text: string, { path = 'query.cursor', order = '' } = {}): Cursor {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(text)));
    if (Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'string') {
      const [, , ofOrder = ''] = value as unknown[];
      if (ofOrder !== order) throw new TypeError('it is of another order');
      return { at: value[0], id: value[1] };
    }
  } catch {
    // falls through to the one refusal below
  }
  throw new Problem('validation_failed', {
    detail: `${path}: ${USE_NEXT}`,
    errors: [{ path, message: USE_NEXT }],
  });
}
