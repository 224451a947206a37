import { log } from '../../base/log.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { Services } from '../../base/services.ts';
import { readKeyGrant, type PolarLicenseKey } from '../../polar/license-keys.rules.ts';
import { isContentError } from '../../record/apply-observation.ts';
import { applyReads, type Read } from '../../record/apply-reads.ts';
import { findAppOfGrant, selectOwners, selectUnnamed } from './key-grants.rows.ts';

/** A customer's newest grants are the ones that have not been heard of; of 100 each. */
const MOST_PAGES = 3;

type OfKey = Pick<PolarLicenseKey, 'id' | 'customerId' | 'benefitId'>;

/**
 * The app that a key was bought through; null when nobody knows. Where no grant here names the key, its grant is read at Polar and
 * applied, with its purchase when that is not known either, as by a webhook.
 * @throws {Problem} `polar_…`
 */
export async function findOwner(services: Services, mode: Mode, key: OfKey): Promise<string | null> {
  const [named] = await selectOwners(services.database, mode, [key.id]);
  // A grant that came before its purchase is nobody's yet.
  if (named?.appId != null) return named.appId;
  const grant = await fetchGrantOf(services, mode, key);
  return grant ? learnGrant(services, mode, grant) : guessOwner(services, mode, key);
}

interface ReadGrant {
  said: NonNullable<ReturnType<typeof readKeyGrant>>;
  read: Read;
}

async function fetchGrantOf(services: Services, mode: Mode, key: OfKey): Promise<ReadGrant | undefined> {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { items, maxPage, requestedAt } = await services.polar(mode).fetchGrants(key.customerId, page);
    for (const data of items) {
      const said = readKeyGrant(data);
      if (said?.licenseKeyId === key.id)
        return { said, read: { kind: 'grant', read: { data, requestedAt } } };
    }
    if (page >= maxPage) break;
  }
  return undefined;
}

async function learnGrant(services: Services, mode: Mode, { said, read }: ReadGrant): Promise<string | null> {
  const { database } = services;
  const known = await findAppOfGrant(database, mode, said.id);
  const purchase = known == null ? await fetchPurchase(services, mode, said) : [];
  await applyReads(services, mode, [...purchase, read], 'api').catch((error: unknown) => {
    if (!isContentError(error)) throw error;
    log('error', 'the grant of a licence key was not understood', { grantId: said.id, error });
  });
  return (await findAppOfGrant(database, mode, said.id)) ?? null;
}

async function fetchPurchase(
  services: Services,
  mode: Mode,
  { orderId, subscriptionId }: ReadGrant['said'],
): Promise<Read[]> {
  const polar = services.polar(mode);
  const found: Read[] = [];
  for (const [kind, id] of [
    ['order', orderId],
    ['subscription', subscriptionId],
  ] as const) {
    const read = id === null ? undefined : await polar.fetchObject(kind, id);
    if (read) found.push({ kind, read });
  }
  return found;
}

/** Polar's grants name no keys: then the customer's grants of the benefit say whose it is, if they are all of one app. */
async function guessOwner(services: Services, mode: Mode, key: OfKey): Promise<string | null> {
  const grants = await selectUnnamed(services.database, mode, [key.customerId]);
  const apps = new Set(
    grants.filter(({ benefitId }) => benefitId === key.benefitId).map(({ appId }) => appId),
  );
  const [only] = apps;
  return apps.size === 1 ? (only ?? null) : null;
}
