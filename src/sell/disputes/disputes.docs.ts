import { document } from '../../http/route-docs.ts';
import { dispute, disputeList } from './disputes.answers.ts';
import { getDisputes, getOneDispute, postAcceptance } from './disputes.routes.ts';

const tag = 'Disputes';

export const disputesDocs = document([
  [
    getDisputes,
    {
      id: 'listDisputes',
      tag,
      summary: 'List disputes',
      description:
        'Newest first. Polar sends no webhook for a dispute: the gateway finds it by reading, minutes to hours later. `evidence_due_by` says until when Polar takes your evidence, which you hand in there. `access` says what an open dispute does to what was bought: it is `kept`, or `suspended` when the operator has set `dispute_access` of the app so. Once a dispute is decided, won or lost, Polar takes access away (`ended`). A page may be short, also empty, and go on: follow `next_cursor` until it is null.',
      responses: { 200: { description: 'A page of disputes', schema: disputeList } },
    },
  ],
  [
    getOneDispute,
    {
      id: 'getDispute',
      tag,
      summary: 'Read a dispute',
      description: 'As the gateway has seen it last.',
      responses: { 200: { description: 'The dispute', schema: dispute } },
      problems: ['not_found'],
    },
  ],
  [
    postAcceptance,
    {
      id: 'acceptDispute',
      tag,
      summary: 'Accept a dispute',
      description:
        'You do not contest it: it is lost at once, the buyer keeps the money, and Polar takes what was bought away, a whole subscription too. It cannot be undone. When an answer was lost, read the dispute: calling again is `409` once it is decided.',
      responses: { 200: { description: 'The dispute, which is lost', schema: dispute } },
      problems: [
        'not_found',
        'conflict',
        'mode_not_configured',
        'polar_rejected',
        'polar_failed',
        'polar_unavailable',
      ],
    },
  ],
]);
