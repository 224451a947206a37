import type { Mode } from '../base/mode.rules.ts';
import { BUDGET_RETRY_SECONDS } from '../polar/public-budget.rules.ts';
import { type Audience, type ProductView, presentProduct } from './product.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { PolarRead } from '../base/polar-gateway.ts';
import { namedObject } from '../polar/objects.rules.ts';
import { observeRead } from '../polar/observe.rules.ts';
import type { Services } from '../base/services.ts';
import { type ResultsOf, runBatch } from '../base/db/database.rows.ts';
import {
  cutProducts,
  isChosen,
  type ListedProduct,
  type ProductFilter,
  type ProductSort,
} from './choose-products.rules.ts';
import { findOffered } from './offered.rules.ts';
import { readPlace, writePlace } from './product-cursor.ts';
import {
  appBenefitsStatement,
  appProductsStatement,
  listMarkStatement,
  markListRead,
} from './products.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { describeOddity, isContentError } from '../record/apply-observation.ts';
import { forAnybody, hasRoom } from '../polar/public-budget.ts';
import { settleOwners } from '../record/settle-owners.ts';

/** Webhooks keep the list current; reading it again finds changes whose webhook was lost (ADR 15). */
const REREAD_AFTER_MS = 60 * 60_000;
/**
 * The wait before the list is read again because a product has no prices. One that was deleted at Polar never gets any,
 * and must not make every call ask.
 */
const RETRY_AFTER_MS = 60_000;

interface ProductQuestion {
  audience: Audience;
  filter: ProductFilter;
  sort: ProductSort;
  /** Undefined: all of them. */
  limit?: number | undefined;
  cursor?: string | undefined;
  /** Only products that open it and may be offered to anybody. */
  resource?: string | undefined;
}

/**
 * An app's products, with prices, from D1: one round trip. Those that can be bought, unless the filter asks for archived
 * ones. Polar is asked only when nobody has read this mode's list yet or a product was seen in part, and every hour behind
 * an answer.
 * @throws {Problem} `polar_…` while the list has never been read, also when strangers' requests for it have used up
 * their budget.
 */
export async function listProducts(
  services: Services,
  app: AppRow,
  { audience, resource, filter, sort, limit, cursor }: ProductQuestion,
): Promise<{ data: ProductView[]; next_cursor: string | null }> {
  const { database } = services;
  const after = cursor === undefined ? undefined : readPlace(cursor, sort);
  const shelf = {
    rows: appProductsStatement(database, app.id, filter.archived !== false),
    benefits: resource === undefined ? [] : [appBenefitsStatement(database, app)],
  };
  const { rows, benefits, marks } = await runBatch(database, {
    ...shelf,
    marks: listMarkStatement(database, app.mode),
  });
  const [mark] = marks;
  const age = mark ? services.now() - mark.readAt : undefined;
  const isIncomplete = rows.some((row) => row.data === null);
  let found: ResultsOf<typeof shelf> = { rows, benefits };
  if (age === undefined || (isIncomplete && age > RETRY_AFTER_MS)) {
    const isServer = audience === 'server';
    if (isServer || (await hasRoom(services, app, 'learn', 1))) {
      await fetchAllProducts(isServer ? services : forAnybody(services, app, 'learn', 1), app.mode);
      found = await runBatch(database, shelf);
    } else if (age === undefined) {
      throw new Problem('polar_unavailable', { retryAfter: BUDGET_RETRY_SECONDS });
    }
  } else if (age > REREAD_AFTER_MS) {
    services.waitUntil(rereadBehind(services, app.mode));
  }
  const offered =
    resource === undefined
      ? found.rows
      : findOffered(found.rows, found.benefits.flat(), {
          resource,
          app: app.product,
          ownerKeys: services.config.ownerKeys,
        });
  const listed = offered.flatMap(({ data, metadata, isArchived }): ListedProduct[] => {
    const view = data === null ? undefined : presentProduct(data, audience);
    // The column may be newer: an order shows of its product only a part.
    return view ? [{ view: { ...view, is_archived: isArchived }, metadata }] : [];
  });
  const chosen = listed.filter((product) => isChosen(product, filter)).map(({ view }) => view);
  const { products, next } = cutProducts(chosen, { sort, after, limit });
  return { data: products, next_cursor: next && writePlace(next, sort) };
}

async function rereadBehind(services: Services, mode: Mode): Promise<void> {
  try {
    // The mark is written first, so that calls in the next seconds do not ask too. If the read fails, the list is read
    // again a minute later.
    const again = services.now() - REREAD_AFTER_MS + RETRY_AFTER_MS;
    await runBatch(services.database, [markListRead(services.database, mode, again)]);
    await fetchAllProducts(services, mode);
  } catch (error) {
    log('warn', 'products could not be read again', { mode, error });
  }
}

/**
 * Reading products tells no event, so products, benefits, owners and the mark that the list was read are written in one
 * batch (ADR 52). After a failure none of them is written, and the next call tries again.
 */
async function fetchAllProducts(services: Services, mode: Mode): Promise<void> {
  const reads = await services.polar(mode).fetchProducts();
  const seen = reads.flatMap((read) => parseProduct(services, read, mode) ?? []);
  const parts = seen.flatMap(({ main, embedded }) => [main, ...embedded]);
  await settleOwners(services, mode, {
    products: parts.flatMap((part) => (part.kind === 'product' ? [part.row] : [])),
    benefits: parts.flatMap((part) => (part.kind === 'benefit' ? [part.row] : [])),
    statements: [markListRead(services.database, mode, services.now())],
  });
}

/** Leaves out a product that is not what Polar documents, so that the others can be sold; its row stays as it was. */
function parseProduct(
  { config }: Services,
  { data, requestedAt }: PolarRead,
  mode: Mode,
): Observation | undefined {
  try {
    return observeRead('product', data, requestedAt, config.ownerKeys);
  } catch (error) {
    if (!isContentError(error)) throw error;
    const { id } = namedObject().parse(data);
    log('error', 'a product of Polar’s was not understood', { mode, id, reason: describeOddity(error) });
    return undefined;
  }
}
