import { and, asc, eq, sql } from 'drizzle-orm';
import type { Mode } from '../domain/mode.ts';
import { decideOwner } from '../domain/ownership.ts';
import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import { reapplyMessages } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import { audit } from '../storage/audit.ts';
import { runBatch, type Statement } from '../storage/database.ts';
import {
  apps,
  events,
  orders,
  type ProductRow,
  products,
  rereads,
  subscriptions,
} from '../storage/schema.ts';
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
  const updates: Statement[] = changed.map(({ id, owner }) =>
    database
      .update(products)
      .set({ appId: owner })
      .where(and(eq(products.mode, mode), eq(products.id, id))),
  );
  // In the same batch, and for every owned product: a failure between the two must not leave events asleep for good.
  const wakeEvents = database.all<{ id: string }>(sql`
    update ${events} set status = 'pending' where mode = ${mode} and status = 'unrouted' and sealed_body is not null
      and waits_for >= 'product:' and waits_for < 'product;' and exists (
        select 1 from ${products} as p where p.mode = ${mode} and p.id = substr(waits_for, 9) and p.app_id is not null)
      returning id`);
  // What was read from Polar while nobody owned it has no event to apply again.
  const readAgain = (kind: 'order' | 'subscription', table: typeof orders | typeof subscriptions) =>
    database.run(sql`
      insert into ${rereads} (mode, kind, id, reason, requested_at, next_attempt_at, attempts)
      select mode, ${kind}, id, 'its product has an owner now', ${services.now()}, ${services.now()}, 0 from ${table} as t
      where t.app_id is null and +t.mode = ${mode} and exists (
        select 1 from ${products} as p where p.mode = ${mode} and p.id = t.product_id and p.app_id is not null)
      limit ${MAX_REREADS}
      on conflict (mode, kind, id) do update set requested_at = excluded.requested_at`);
  const results = await runBatch(database, [
    ...updates,
    readAgain('order', orders),
    readAgain('subscription', subscriptions),
    wakeEvents,
  ]);
  const woken = results.at(-1) as { id: string }[];
  await services
    .wake(reapplyMessages(woken.map(({ id }) => id)))
    .catch((error: unknown) => log('warn', 'wake-up not sent, the sweep will find the rows', { error }));
}

/** Bounds one assignment; the slow reconcile finds what is beyond. */
const MAX_REREADS = 500;

function present(product: ProductRow, app: string | null) {
  return {
    id: product.id,
    mode: product.mode,
    name: product.name,
    app,
    assigned: product.assignedAppId !== null,
  };
}
