import { document } from '../http/route-docs.ts';
import { productList } from './products.answers.ts';
import { getProducts } from './products.routes.ts';

export const productsDocs = document([
  [
    getProducts,
    {
      id: 'listProducts',
      tag: 'Products',
      summary: 'List products with prices',
      description:
        'The app’s products that can be bought, by name. `collection` is what their metadata `collection` says, `content_ids` the contents that their metadata `content_id` opens; both can be asked for, as can `recurring`, `benefit`, and with a secret key `metadata[key]=value` and `archived` (`true`, or `any` for both). All of them unless `limit` is given. A publishable key sees what buyers may see: no private products, private benefits or metadata. `resource`, such as `content:blog/premium-article`, asks for the products that open it: what to offer to somebody who may not read it. The benefits of a product that is sold by the seat do not count, since they are for whoever claims a seat. Private products are not among them for a secret key either. A browser may keep the answer for a minute; shared caches must not keep it, since it is the key’s.',
      responses: {
        200: {
          description: 'The products',
          schema: productList,
          headers: { 'Cache-Control': 'How long a browser may keep them' },
        },
      },
      problems: ['mode_not_configured', 'polar_unavailable', 'polar_failed'],
    },
  ],
]);
