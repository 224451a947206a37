import { document } from '../../http/route-docs.ts';
import { cursor, cursorList } from './cursors.answers.ts';
import { deleteOneCursor, getCursors, getOneCursor, putCursor } from './cursors.routes.ts';

const tag = 'Events and deliveries';

export const cursorsDocs = document([
  [
    getCursors,
    {
      id: 'listCursors',
      tag,
      summary: 'List cursors',
      description: 'In order of their names.',
      responses: { 200: { description: 'Cursors', schema: cursorList } },
    },
  ],
  [
    getOneCursor,
    {
      id: 'getCursor',
      tag,
      summary: 'Read a cursor',
      description: 'Begin with its `sequence` as `after`.',
      responses: { 200: { description: 'The cursor', schema: cursor } },
      problems: ['not_found'],
    },
  ],
  [
    putCursor,
    {
      id: 'keepCursor',
      tag,
      summary: 'Keep how far a consumer has come',
      description:
        'Makes the cursor, or moves it to `sequence`, which it has done everything up to. `expected` is the place that you read: if the cursor is not there any more, nothing changes and the answer is `409 cursor_moved` with the present place as `sequence`. So of two consumers with one cursor, one moves it. `null` expects that there is none. Without `expected` the cursor moves from wherever it is, and only forward. To go back, delete it and make it again.',
      responses: { 200: { description: 'The cursor as it is now', schema: cursor } },
      problems: ['conflict', 'cursor_moved'],
    },
  ],
  [
    deleteOneCursor,
    {
      id: 'deleteCursor',
      tag,
      summary: 'Delete a cursor',
      description: 'Whoever still moves it from a place is then refused.',
      responses: { 204: { description: 'Deleted' } },
      problems: ['not_found'],
    },
  ],
]);
