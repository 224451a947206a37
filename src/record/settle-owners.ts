import type { Mode } from '../base/mode.rules.ts';
import { decideOwner } from './ownership.rules.ts';
import type { BenefitSnapshot, ProductSnapshot } from '../polar/snapshots.rules.ts';
import { isNewer } from '../polar/versions.rules.ts';
import { reapplyMessages } from '../base/messages.ts';
import type { Services } from '../base/services.ts';
import { catalogueStatements, requireSameApps, rereadOwned, setOwners, wakeOwned } from './catalogue.rows.ts';
import { projectBenefits, projectProducts } from './project-catalogue.rows.ts';
import { isUnmet, runBatch, type Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';

/** How often it is tried when apps change at the same moment, which is rare. */
const MAX_TRIES = 3;

/** What has changed, and is written in the batch that decides the owners. */
export interface CatalogueChange {
  /** Whole products, as Polar shows them. */
  products?: readonly ProductSnapshot[];
  benefits?: readonly BenefitSnapshot[];
  /** An app that is new, or was changed. */
  app?: AppRow;
  /** The operator's assignment of a product. */
  assigned?: { productId: string; appId: string | null };
  /** Written first. */
  statements?: readonly Statement[];
  /** Statements about the stored products that get another owner, last in the batch. */
  note?: (owners: readonly { id: string; appId: string | null }[]) => readonly Statement[];
}

/**
 * Decides the owner of every product of a mode, and writes the owners in one batch with what decided them (ADR 52), so
 * that no failure leaves a product without its owner. Two D1 round trips. Polar events that waited for an owner are
 * woken. Resolves to how many stored products got another owner.
 * @throws what D1 throws; nothing is written then.
 */
export async function settleOwners(
  services: Services,
  mode: Mode,
  change: CatalogueChange = {},
): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await settleOnce(services, mode, change);
    } catch (error) {
      if (!isUnmet(error) || tries >= MAX_TRIES) throw error;
    }
  }
}

async function settleOnce(services: Services, mode: Mode, change: CatalogueChange): Promise<number> {
  const { database } = services;
  const [appRows, productRows, benefitRows] = await orm(database).batch(catalogueStatements(database, mode));
  const apps = change.app ? [...appRows.filter(({ id }) => id !== change.app?.id), change.app] : appRows;
  const stored = new Map(productRows.map((row) => [row.id, row]));
  const assignedTo = (id: string) =>
    change.assigned?.productId === id ? change.assigned.appId : (stored.get(id)?.assignedAppId ?? null);
  const ownerOf = (product: { id: string; name: string; metadata: Record<string, unknown> }) =>
    decideOwner(
      { ...product, assignedAppId: assignedTo(product.id), ownerKeys: services.config.ownerKeys },
      apps,
    ) ?? null;

  const news = (change.products ?? []).filter((row) => {
    const known = stored.get(row.id);
    const isSame = known?.version === row.version && known.digest === row.digest;
    return !known?.isWhole || (!isSame && isNewer(row, known));
  });
  const isNews = new Set(news.map(({ id }) => id));
  const owners = productRows.flatMap((row) => {
    if (isNews.has(row.id)) return [];
    const appId = ownerOf(row);
    const { id, digest } = row;
    return appId === row.appId ? [] : [{ id, digest, appId, assignedAppId: assignedTo(id) }];
  });
  const benefitVersions = new Map(benefitRows.map((row) => [row.id, row]));
  const newBenefits = (change.benefits ?? []).filter((row) => {
    const known = benefitVersions.get(row.id);
    return known?.version !== row.version || known.digest !== row.digest;
  });

  const at = { mode, now: services.now() };
  const hasNewOwners = owners.length > 0 || news.length > 0 || change.assigned !== undefined;
  const { woken } = await runBatch(database, {
    apps: requireSameApps(database, mode, appRows),
    change: change.statements ?? [],
    products: projectProducts(
      at,
      news.map((row) => ({ row, appId: ownerOf(row) })),
    ),
    benefits: projectBenefits(at, newBenefits),
    owners: setOwners(database, at, owners),
    rereads: hasNewOwners ? rereadOwned(database, mode, at.now) : [],
    woken: wakeOwned(database, mode),
    note: change.note?.(owners) ?? [],
  });
  services.wake(reapplyMessages(woken.map(({ id }) => id)));
  return owners.length;
}
