import * as z from 'zod/mini';
import { list, mode } from '../http/shapes.ts';
import { product } from './product.rules.ts';

/** A product, and which app it is of. */
export const ownership = z.object({
  id: z.string(),
  mode,
  name: z.string(),
  app: z.nullable(z.string()),
  assigned: z.boolean(),
});
export type OwnershipView = z.output<typeof ownership>;
export const ownershipList = list(ownership);

export const productList = list(product);
