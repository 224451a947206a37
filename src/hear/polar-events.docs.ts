import { document } from '../http/route-docs.ts';
import { getPolarEvent, getPolarEvents, postBulkReapply, postReapply } from './polar-events.routes.ts';
import { bulkReapply, openedPolarEvent, polarEvent, polarEventList } from './polar-events.answers.ts';

const tag = 'Polar events';

export const polarEventsDocs = document([
  [
    getPolarEvents,
    {
      id: 'listPolarEvents',
      tag,
      summary: 'List what Polar sent',
      description:
        'Newest first, without bodies. `failed`: applying it threw, see `error`. `unrouted`: it fits no app yet, see `waits_for`. `pending`: about to be applied. `created_after` (inclusive) and `created_before` (exclusive) bound `received_at`. With `mode` or `type` a page may have fewer entries than `limit`, or none: go on while `next_cursor` is set.',
      responses: { 200: { description: 'Polar events', schema: polarEventList } },
    },
  ],
  [
    getPolarEvent,
    {
      id: 'getPolarEvent',
      tag,
      summary: 'Read what Polar sent',
      description:
        'With its body, which holds buyers’ personal data: the audit log says that it was read. `body` is null once pruned (`body_kept: false`), or when its encryption key is not configured any more.',
      responses: {
        200: { description: 'The Polar event', schema: openedPolarEvent },
      },
      problems: ['not_found'],
    },
  ],
  [
    postReapply,
    {
      id: 'reapplyPolarEvent',
      tag,
      summary: 'Apply a Polar event again',
      description:
        'One that failed, or that fits no app. Applying is idempotent: what it tells is told once. `409`: it was applied already, or its body was pruned.',
      responses: { 202: { description: 'The Polar event, about to be applied', schema: polarEvent } },
      problems: ['not_found', 'conflict', 'rate_limited'],
    },
  ],
  [
    postBulkReapply,
    {
      id: 'reapplyPolarEvents',
      tag,
      summary: 'Apply many Polar events again',
      description:
        'The oldest first, at most 1,000 a call and 10,000 an hour. What fails once more matches once more, so go on with `cursor` set to `next_cursor`. Pruned events do not match. `matched` counts to 100,000. `dry_run` only counts.',
      responses: {
        200: { description: 'What a dry run counted; nothing was changed', schema: bulkReapply },
        202: { description: 'What is about to be applied', schema: bulkReapply },
      },
      problems: ['conflict', 'rate_limited'],
    },
  ],
]);
