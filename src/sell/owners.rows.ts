import { and, asc, eq, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { apps, type ProductRow, products } from '../base/db/schema.rows.ts';

interface ProductKey {
  mode: Mode;
  productId: string;
}

/** A product and the slug of the app that owns it. */
interface OwnedProduct {
  product: ProductRow;
  app: string | null;
}

function whereProduct({ mode, productId }: ProductKey) {
  return and(eq(products.mode, mode), eq(products.id, productId));
}

/** All products of a mode, or of both, with their owners: those without one first. */
export async function selectOwned(database: Database, mode: Mode | undefined): Promise<OwnedProduct[]> {
  return orm(database)
    .select({ product: products, app: apps.slug })
    .from(products)
    .leftJoin(apps, eq(apps.id, products.appId))
    .where(mode === undefined ? undefined : eq(products.mode, mode))
    .orderBy(sql`${products.appId} is not null`, asc(products.name));
}

/** One product with its owner. */
export async function selectOwnedProduct(
  database: Database,
  key: ProductKey,
): Promise<OwnedProduct | undefined> {
  const [row] = await orm(database)
    .select({ product: products, app: apps.slug })
    .from(products)
    .leftJoin(apps, eq(apps.id, products.appId))
    .where(whereProduct(key));
  return row;
}

/** Stores the operator's assignment of a product; null takes it back. */
export function assignStatement(database: Database, key: ProductKey, appId: string | null): Statement {
  return orm(database).update(products).set({ assignedAppId: appId }).where(whereProduct(key));
}
