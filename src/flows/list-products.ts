import type { Mode } from '../domain/mode.ts';
import { type Audience, type ProductView, viewProduct } from '../domain/product.ts';
import { log } from '../log.ts';
import { observeRead } from '../polar/observe.ts';
import type { Services } from '../services.ts';
import { runBatch } from '../storage/database.ts';
import {
  appProductsStatement,
  listMarkStatement,
  markListRead,
  productVersions,
} from '../storage/products.ts';
import type { AppRow } from '../storage/schema.ts';
import { projectSnapshot } from '../storage/snapshots.ts';
import { reassignProducts } from './assign-products.ts';

/** Webhooks keep the list; reading it all again finds what was changed while none came. */
const REREAD_AFTER_MS = 60 * 60_000;
/** A product that stays without prices (deleted at Polar) must not make every call ask again. */
const RETRY_AFTER_MS = 60_000;
const WRITES_PER_BATCH = 50;

/**
 * An app's products that can be bought, with prices, from D1: one round trip. Polar is asked only when nobody has read
 * this mode's list yet or a product was seen in part, and every hour behind an answer.
 * @throws {Problem} `polar_…` while the list has never been read.
 */
export async function listProducts(
  services: Services,
  app: AppRow,
  audience: Audience,
): Promise<ProductView[]> {
  const { database } = services;
  const [rows, [mark]] = await database.batch([
    appProductsStatement(database, app.id),
    listMarkStatement(database, app.mode),
  ]);
  const age = mark ? services.now() - mark.readAt : undefined;
  const isIncomplete = rows.some((row) => row.data === null);
  let found = rows;
  if (age === undefined || (isIncomplete && age > RETRY_AFTER_MS)) {
    await readAllProducts(services, app.mode);
    found = await appProductsStatement(database, app.id);
  } else if (age > REREAD_AFTER_MS) {
    services.waitUntil(rereadBehind(services, app.mode));
  }
  return found.flatMap((row) => (row.data === null ? [] : (viewProduct(row.data, audience) ?? [])));
}

async function rereadBehind(services: Services, mode: Mode): Promise<void> {
  try {
    // Marked first: the calls of the next seconds need not ask as well.
    await runBatch(services.database, [markListRead(services.database, mode, services.now())]);
    await readAllProducts(services, mode);
  } catch (error) {
    log('warn', 'products could not be read again', { mode, error });
  }
}

/** A read of a product tells no fact, so all of them are projected in few batches; then owners are decided for all. */
async function readAllProducts(services: Services, mode: Mode): Promise<void> {
  const { database } = services;
  const reads = await services.polar(mode).listProducts();
  const known = new Map((await productVersions(database, mode)).map((row) => [row.id, row]));
  const statements = reads.flatMap((read) => {
    const { main } = observeRead('product', read.data, read.requestedAt);
    const row = known.get(main.row.id);
    if (row?.version === main.row.version && row.digest === main.row.digest && row.isWhole === 1) return [];
    return projectSnapshot(database, mode, main, { appId: row?.appId ?? null, paymentId: null });
  });
  for (let i = 0; i < statements.length; i += WRITES_PER_BATCH) {
    await runBatch(database, statements.slice(i, i + WRITES_PER_BATCH));
  }
  if (statements.length > 0) await reassignProducts(services, mode);
  await runBatch(database, [markListRead(database, mode, services.now())]);
}
