import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Services } from '../../base/services.ts';
import { readPlanName } from '../../polar/product-names.rules.ts';
import { productTerms } from '../../polar/terms.rules.ts';
import { appProductsStatement } from '../products.rows.ts';
import type { Proration } from '../subscriptions/changes.rules.ts';
import {
  directionOf,
  type Family,
  type PlanProduct,
  readFamily,
  sortIntoFamilies,
} from './families.rules.ts';

/**
 * The families of an app's recurring products, the archived ones too: somebody may still have one. One round trip to D1. A product that
 * is not what Polar documents is left out.
 */
export async function findFamilies(services: Services, app: AppRow): Promise<Family[]> {
  const { rows } = await runBatch(services.database, {
    rows: appProductsStatement(services.database, app.id, true),
  });
  return sortIntoFamilies(
    rows.flatMap(({ id, name, metadata, data }): PlanProduct[] => {
      const terms = productTerms().safeParse(data).data;
      if (!terms?.is_recurring) return [];
      return [
        {
          id,
          name,
          plan: readPlanName({ name, metadata }, services.config.ownerKeys),
          ...readFamily(metadata),
          terms,
        },
      ];
    }),
  );
}

/**
 * When a change of product is charged unless it is said: up counts and is charged now, down waits for the end of the period that was paid
 * for. Undefined, which is as the organization has set it at Polar: neither.
 */
export async function chooseProration(
  services: Services,
  app: AppRow,
  { from, to }: { from: string; to: string },
): Promise<Proration | undefined> {
  const direction = directionOf(await findFamilies(services, app), from, to);
  if (direction === undefined) return undefined;
  return direction === 'up' ? 'invoice' : 'next_period';
}
