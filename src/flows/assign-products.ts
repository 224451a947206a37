import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Mode } from '../domain/mode.ts';
import { decideOwner } from '../domain/ownership.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import { audit } from '../storage/audit.ts';
import { runBatch, type Statement } from '../storage/database.ts';
import { apps, events, type ProductRow, products } from '../storage/schema.ts';
import { applyReads } from './apply-snapshot.ts';
import { findApp } from './find-app.ts';

/** Products heard of, and which app owns each; unowned ones first, since their purchases cannot be routed. */
export async function listProductOwnership(services: Services, mode: Mode | undefined) {
  const rows = await services.database
    .select({ product: products, app: apps.slug })
    .from(products)
    .leftJoin(apps, eq(apps.id, products.appId))
    .where(mode === undefined ? undefined : eq(products.mode, mode))
    .orderBy(sql`${products.appId} is not null`, asc(products.name));
  return rows.map(({ product, app }) => present(product, app));
}

/**
 * The operator says which app owns a product, or takes that back (`app: null`). Events that waited for an owner are applied.
 * @throws {Problem} `not_found` for a product Polar does not know, an app that is not there or is of the other mode.
 */
export async function assignProduct(
  services: Services,
  input: { mode: Mode; productId: string; app: string | null },
) {
  const app = input.app === null ? null : await findApp(services, input.app);
  if (app && app.mode !== input.mode)
    throw new Problem('not_found', {
      detail: `${app.slug} is an app of ${app.mode}, the product is of ${input.mode}.`,
    });
  const mine = and(eq(products.mode, input.mode), eq(products.id, input.productId));
  const find = async () => (await services.database.select().from(products).where(mine).limit(1))[0];
  let product = await find();
  if (!product) {
    const read = await services.polar(input.mode).getProduct(input.productId);
    if (read) await applyReads(services, input.mode, [{ kind: 'product', read }], 'api');
    product = await find();
  }
  if (!product) throw new Problem('not_found', { detail: 'Polar knows no such product in this mode.' });
  await runBatch(services.database, [
    services.database
      .update(products)
      .set({ assignedAppId: app?.id ?? null })
      .where(mine),
    audit(services.database, services.now(), 'product.assigned', app?.id ?? null, input.productId),
  ]);
  await reassignProducts(services, input.mode);
  const [row] = await services.database
    .select({ product: products, app: apps.slug })
    .from(products)
    .leftJoin(apps, eq(apps.id, products.appId))
    .where(mine);
  return present(row?.product ?? product, row?.app ?? null);
}

/** Decides every product's owner anew: an app has come, or claims differently. Wakes the events that waited for an owner. */
export async function reassignProducts(services: Services, mode: Mode): Promise<void> {
  const { database } = services;
  const [appRows, productRows] = await database.batch([
    database.select().from(apps).where(eq(apps.mode, mode)),
    database.select().from(products).where(eq(products.mode, mode)),
  ]);
  const changed = productRows.flatMap((product) => {
    const owner = decideOwner(product, appRows) ?? null;
    return owner === product.appId ? [] : [{ id: product.id, owner }];
  });
  if (changed.length === 0) return;
  const updates: Statement[] = changed.map(({ id, owner }) =>
    database
      .update(products)
      .set({ appId: owner })
      .where(and(eq(products.mode, mode), eq(products.id, id))),
  );
  await runBatch(database, updates);
  const waitsFor = changed.filter(({ owner }) => owner !== null).map(({ id }) => `product:${id}`);
  const woken = await database
    .update(events)
    .set({ status: 'pending' })
    .where(
      and(
        eq(events.mode, mode),
        sql`${events.waitsFor} in (select value from json_each(${JSON.stringify(waitsFor)}))`,
        inArray(events.status, ['unrouted']),
        isNotNull(events.sealedBody),
      ),
    )
    .returning({ id: events.id });
  if (woken.length > 0) await services.wake([{ type: 'reapply', eventIds: woken.map(({ id }) => id) }]);
}

function present(product: ProductRow, app: string | null) {
  return {
    id: product.id,
    mode: product.mode,
    name: product.name,
    app,
    assigned: product.assignedAppId !== null,
  };
}
