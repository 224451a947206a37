import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';

/* What the routes of cursors answer. */

export const cursor = z.object({
  name: z.string(),
  sequence: z.int(),
  created_at: timestamp,
  updated_at: timestamp,
});
export type CursorView = z.output<typeof cursor>;
export const cursorList = list(cursor);
