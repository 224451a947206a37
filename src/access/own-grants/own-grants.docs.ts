import { document } from '../../http/route-docs.ts';
import { ownGrant } from './own-grants.answers.ts';
import { deleteGrant, postGrant } from './own-grants.routes.ts';

const tag = 'Access';

export const ownGrantsDocs = document([
  [
    postGrant,
    {
      id: 'createGrant',
      tag,
      summary: 'Give something away',
      description:
        'A comp, a trial, a press copy: opens `resources` to a customer without a purchase, from now until `expires_at`, or until you take it back. It counts beside what was bought: whichever lasts longer. `external:<your id>` need not have bought anything. A customer of Polar’s has to be one of this app’s. A star stands for all beneath a path (`content:courses/git/*`). Plans, products and benefits have to be the app’s own. A grant does not change: to prolong it, give another.',
      responses: { 201: { description: 'What was given', schema: ownGrant } },
      problems: ['not_found', 'conflict'],
    },
  ],
  [
    deleteGrant,
    {
      id: 'deleteGrant',
      tag,
      summary: 'Take back what was given',
      description:
        'Ends a grant of your own: access answers `revoked` unless something else opens it. Asked again, and of one that has expired, it changes nothing. What was bought ends with its purchase, not here.',
      responses: { 204: { description: 'It has ended' } },
      problems: ['not_found'],
    },
  ],
]);
