import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { directionOf, type Family } from './families.rules.ts';
import { findFamilies } from './find-families.ts';
import type { PlanFamilyView } from './plans.answers.ts';

/**
 * An app's plans as families. `from`: the product that a customer has, of whose family alone it is said which way each product is.
 * @throws {Problem} `not_found` when `from` is no recurring product of the app's
 */
export async function listPlans(
  services: Services,
  app: AppRow,
  from: string | undefined,
): Promise<PlanFamilyView[]> {
  const families = await findFamilies(services, app);
  if (from === undefined) return families.map((family) => presentFamily(family, families, from));
  const own = families.filter(({ products }) => products.some(({ id }) => id === from));
  if (own.length === 0) throw new Problem('not_found', { detail: 'This app has no such recurring product.' });
  return own.map((family) => presentFamily(family, families, from));
}

function presentFamily(family: Family, all: readonly Family[], from: string | undefined): PlanFamilyView {
  return {
    family: family.name,
    currency: family.currency,
    plans: family.products.map(({ id, name, plan, level, terms }) => ({
      product_id: id,
      name,
      plan,
      level,
      recurring_interval: terms.recurring_interval ?? null,
      recurring_interval_count: terms.recurring_interval_count ?? null,
      is_archived: terms['is_archived'] === true,
      direction: from === undefined ? null : (directionOf(all, from, id) ?? null),
    })),
  };
}
