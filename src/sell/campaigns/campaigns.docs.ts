import { document } from '../../http/route-docs.ts';
import { campaign, campaignList, campaignRemaining } from './campaigns.answers.ts';
import {
  getCampaignRemaining,
  getCampaigns,
  getOneCampaign,
  patchCampaign,
  postCampaign,
  removeCampaign,
} from './campaigns.routes.ts';

const tag = 'Discounts';
const polar = ['mode_not_configured', 'polar_failed', 'polar_unavailable', 'polar_scope_missing'] as const;

export const campaignsDocs = document([
  [
    postCampaign,
    {
      id: 'createCampaign',
      tag,
      summary: 'Make one code of several discounts',
      description:
        'A public code that stands for up to ten discounts of this app. A payment with this `discount_code` gets the first rule’s discount that is for its product and that Polar takes then: with `product_ids` another one for each plan, without them batches that follow each other, each until it is used up. Polar does not know the code, so it is to be given when the payment is made, and not to be typed on Polar’s page. The code of another campaign or of a discount of this app is refused (409).',
      responses: { 201: { description: 'The campaign', schema: campaign } },
      problems: ['conflict', ...polar, 'idempotency_in_progress', 'idempotency_mismatch'],
    },
  ],
  [
    getCampaigns,
    {
      id: 'listCampaigns',
      tag,
      summary: 'List campaigns',
      description: 'Newest first.',
      responses: { 200: { description: 'A page of campaigns', schema: campaignList } },
    },
  ],
  [
    getOneCampaign,
    {
      id: 'getCampaign',
      tag,
      summary: 'Read a campaign',
      description: 'Its code, and its discounts in the order in which they are tried.',
      responses: { 200: { description: 'The campaign', schema: campaign } },
      problems: ['not_found'],
    },
  ],
  [
    patchCampaign,
    {
      id: 'updateCampaign',
      tag,
      summary: 'Change a campaign',
      description:
        'What is not named stays; `rules` are replaced as a whole. The code of another campaign or of a discount of this app is refused (409).',
      responses: { 200: { description: 'The campaign', schema: campaign } },
      problems: ['not_found', 'conflict', ...polar],
    },
  ],
  [
    removeCampaign,
    {
      id: 'deleteCampaign',
      tag,
      summary: 'Delete a campaign',
      description: 'Its code stands for nothing any more. Its discounts stay.',
      responses: { 204: { description: 'It is gone' } },
      problems: ['not_found'],
    },
  ],
  [
    getCampaignRemaining,
    {
      id: 'countCampaign',
      tag,
      summary: 'How much is left of a campaign',
      description:
        'For a page that says “23 left”: `remaining` is what all its discounts that hold now or will have left together, null when one of them has no limit; `rules` says it of each, in their order. As of `as_of`, at most a minute ago, or longer while Polar is away. The answer may be cached for a minute.',
      responses: {
        200: {
          description: 'What is left',
          schema: campaignRemaining,
          headers: { 'Cache-Control': 'For how long it may be kept' },
        },
      },
      problems: ['not_found', ...polar],
    },
  ],
]);
