import { document } from '../../http/route-docs.ts';
import { planFamilyList } from './plans.answers.ts';
import { getPlans } from './plans.routes.ts';

export const plansDocs = document([
  [
    getPlans,
    {
      id: 'listPlans',
      tag: 'Products',
      summary: 'List plans, and which is up from which',
      description:
        'The app’s recurring products as families: those with one `gateway_family` in their metadata, and all others together. In each the products stand from the lowest up, by `level`; two with one ' +
        'level are neither up nor down, and one without a level cannot be compared. A plan is as high as its metadata `gateway_rank`, when all of the family have one, else as what a day of its shortest interval costs; of one plan ' +
        'the longer interval is up. With `from`, the product that a customer has, only its family is listed, and `direction` says which way each is from it. That is also what `POST ' +
        '/v1/subscriptions/{id}/change` goes by when it is not told `proration`.',
      responses: { 200: { description: 'The families', schema: planFamilyList } },
      problems: ['not_found'],
    },
  ],
]);
