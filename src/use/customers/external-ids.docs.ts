import { document } from '../../http/route-docs.ts';
import { preparedCustomer } from './customers.answers.ts';
import { deleteExternalId, postCustomer, putExternalId } from './external-ids.routes.ts';

const tag = 'Customers';

export const externalIdsDocs = document([
  [
    putExternalId,
    {
      id: 'addCustomerExternalId',
      tag,
      summary: 'Say which of your users this is',
      description:
        'From then on `external:<your id>` has what this customer has. For buyers who came by a link, from a page, or by Polar itself, whose checkouts did not name your id: name it once you know who they are, by your own sign-in. You vouch for it. Several customers under one id count together, and one customer may have several ids. The customer must have bought something of this app. Said again, it changes nothing.',
      responses: { 204: { description: 'It is so' } },
      problems: ['not_found', 'conflict'],
    },
  ],
  [
    deleteExternalId,
    {
      id: 'removeCustomerExternalId',
      tag,
      summary: 'Take back which of your users this is',
      description:
        'Ends that `external:<your id>` has what this customer has. Purchases whose checkouts named the id stay with it. Asked again, it changes nothing.',
      responses: { 204: { description: 'It is not so any more' } },
      problems: ['not_found'],
    },
  ],
  [
    postCustomer,
    {
      id: 'prepareCustomer',
      tag,
      summary: 'Name a user before the first purchase',
      description:
        'Keeps an address and a name for an id of yours. Checkouts that name the id begin with them, unless they say something else. Nothing is made at Polar and nothing is looked up: the answer is the same whether or not anybody knows the address. What you say last counts; what you leave out is removed.',
      responses: { 201: { description: 'What is kept', schema: preparedCustomer } },
    },
  ],
]);
