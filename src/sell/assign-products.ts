import type { OwnershipView } from './products.answers.ts';
import type { Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import type { ProductRow } from '../base/db/schema.rows.ts';
import { findApp } from '../http/find-app.ts';
import { learnProduct } from './learn-product.ts';
import { settleOwners } from '../record/settle-owners.ts';
import { assignStatement, selectOwned, selectOwnedProduct } from './owners.rows.ts';

/** All stored products with their owners; those without one first, since purchases of them belong to no app. */
export async function listProductOwnership(services: Services, mode: Mode | undefined) {
  const rows = await selectOwned(services.database, mode);
  return rows.map(({ product, app }) => presentOwnership(product, app));
}

/**
 * Assigns a product to an app for the operator, or takes that back (`app: null`). Polar events that waited for an owner
 * are applied (ADR 8).
 * @throws {Problem} `not_found` for a product Polar does not know, an app that is not there or is of the other mode.
 */
export async function assignProduct(
  services: Services,
  input: { mode: Mode; productId: string; app: string | null },
  by: Doer,
) {
  const app = input.app === null ? null : await findApp(services, input.app);
  if (app && app.mode !== input.mode)
    throw new Problem('not_found', {
      detail: `${app.slug} is an app of ${app.mode}, the product is of ${input.mode}.`,
    });
  const { database } = services;
  let before = await selectOwnedProduct(database, input);
  if (!before) {
    await learnProduct(services, input.mode, input.productId);
    before = await selectOwnedProduct(database, input);
  }
  if (!before) throw new Problem('not_found', { detail: 'Polar knows no such product in this mode.' });
  await settleOwners(services, input.mode, {
    assigned: { productId: input.productId, appId: app?.id ?? null },
    statements: [
      assignStatement(database, input, app?.id ?? null),
      audit(database, by, services.now(), {
        action: 'product.assigned',
        appId: app?.id ?? before.product.assignedAppId,
        target: input.productId,
        before: { mode: input.mode, assigned_to: before.product.assignedAppId === null ? null : before.app },
        after: { mode: input.mode, assigned_to: app?.slug ?? null },
      }),
    ],
  });
  const row = await selectOwnedProduct(database, input);
  return presentOwnership(row?.product ?? before.product, row?.app ?? null);
}

function presentOwnership(product: ProductRow, app: string | null): OwnershipView {
  return {
    id: product.id,
    mode: product.mode,
    name: product.name,
    app,
    assigned: product.assignedAppId !== null,
  };
}
