import { base64url } from 'jose';
import { Problem } from '../problem.ts';

/** Where a newest-first list goes on: after the row with this time and id. */
export interface Cursor {
  at: number;
  id: string;
}

export function encodeCursor({ at, id }: Cursor): string {
  return base64url.encode(JSON.stringify([at, id]));
}

/** @throws {Problem} `validation_failed` when it is not one of ours; `path` names its field. */
export function decodeCursor(text: string, path = 'query.cursor'): Cursor {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(text)));
    if (Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'string')
      return { at: value[0], id: value[1] };
  } catch {
    // falls through to the one refusal below
  }
  throw new Problem('validation_failed', {
    detail: `${path}: Use the next_cursor of the page before.`,
    errors: [{ path, message: 'Use the next_cursor of the page before.' }],
  });
}
