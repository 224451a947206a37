import { document } from '../../http/route-docs.ts';
import { anyGrantDetail, grant, grantList, grantNote } from './grants.answers.ts';
import { getGrantNote, getGrants, getOneGrant, postFulfilment } from './grants.routes.ts';

const tag = 'Grants';

export const grantsDocs = document([
  [
    getGrants,
    {
      id: 'listGrants',
      tag,
      summary: 'List grants',
      description:
        'What customers have of your benefits, and what you gave without a purchase (`source`), newest first. What is given must all be so. `customer` is a Polar id or `external:<id>`; `product` is the product that the purchase has now; `type` is Polar’s type of benefit; `fulfilment=pending` lists what people still have to do, without what was revoked; `created_after` is inclusive, `created_before` is not. A page may be short, also empty, and go on: follow `next_cursor` until it is null.',
      responses: { 200: { description: 'A page of grants', schema: grantList } },
    },
  ],
  [
    getOneGrant,
    {
      id: 'getGrant',
      tag,
      summary: 'Read a grant with its history',
      description:
        'Its id is Polar’s, or `grt_…` of one that your app has given itself. `history` has what happened to it, oldest first, and of a revocation `why`: it is found from what is known by now, so an `unknown` can become more exact when the cause is heard after its effect. `fulfilments` has who did what when.',
      responses: { 200: { description: 'The grant', schema: anyGrantDetail } },
      problems: ['not_found'],
    },
  ],
  [
    getGrantNote,
    {
      id: 'getGrantNote',
      tag,
      summary: 'Read the note of a custom benefit',
      description:
        'As it was written, and as HTML that a page can show as it is: without images, HTML in it shown as text, links to http, https and mailto only. It is for those who have the benefit, so it is read from Polar when it is asked for, remembered for a minute and never stored.',
      responses: { 200: { description: 'The note', schema: grantNote } },
      problems: ['not_found', 'grant_revoked', 'mode_not_configured', 'polar_failed', 'polar_unavailable'],
    },
  ],
  [
    postFulfilment,
    {
      id: 'fulfilGrant',
      tag,
      summary: 'Say what was done for a grant',
      description:
        'For grants of custom benefits whose metadata at Polar has `fulfilment` with the value `manual`. `done` tells `grant.fulfilled`, once until it is set back. Saying the same again changes nothing. Of a grant that was revoked only `refused` is taken.',
      responses: { 200: { description: 'The grant as it is then', schema: grant } },
      problems: ['not_found', 'not_fulfilled_by_hand', 'grant_revoked'],
    },
  ],
]);
