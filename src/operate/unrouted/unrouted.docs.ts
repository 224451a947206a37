import { document } from '../../http/route-docs.ts';
import { adopted, unroutedList } from './unrouted.answers.ts';
import { deleteUnrouted, getUnrouted, postAdoption } from './unrouted.routes.ts';

const tag = 'Unrouted purchases';

export const unroutedDocs = document([
  [
    getUnrouted,
    {
      id: 'listUnroutedPurchases',
      tag,
      summary: 'List purchases that belong to no app',
      description:
        'One entry for each one-time order and each subscription of a mode, newest first. `why`: it has no product (`no_product`), its product is not known yet (`product_unknown`) or owned by no app (`product_unowned`), or it is being routed right now. Assign the product to an app if all its purchases are that app’s; adopt single ones. `dismissed=true` lists those that were dismissed instead. Counts of relatives end at 100.',
      responses: { 200: { description: 'Purchases without an app', schema: unroutedList } },
    },
  ],
  [
    postAdoption,
    {
      id: 'adoptPurchase',
      tag,
      summary: 'Give a purchase to an app',
      description:
        'With its orders, refunds and grants, as Polar has them now. The app is told of them as of any other purchase, with `origin: "adopted"`. What one call has no room for (`remaining`) is read within minutes. A purchase stays with its app: `409` when another one has it. Calling again changes nothing, and goes on where a call has been interrupted. Later purchases of the same product are not adopted by it.',
      responses: { 200: { description: 'It is the app’s', schema: adopted } },
      problems: ['not_found', 'conflict', 'mode_not_configured', 'polar_failed', 'polar_unavailable'],
    },
  ],
  [
    deleteUnrouted,
    {
      id: 'dismissPurchase',
      tag,
      summary: 'Hide a purchase that belongs to no app',
      description:
        'It is listed with `dismissed=true` only. Nothing else changes: it can be adopted, and when its product gets an owner it is routed as any other.',
      responses: { 204: { description: 'It is hidden' } },
      problems: ['not_found'],
    },
  ],
]);
