import type { AppRow } from '../../base/db/schema.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { subjectOfSession, type Subject } from '../../base/subject.rules.ts';
import type { Caller } from '../../http/identify-caller.ts';
import { forAnybody } from '../../polar/public-budget.ts';
import type { PolarLicenseKey } from '../../polar/license-keys.rules.ts';
import { fetchKey, type FoundKey } from './find-key.ts';
import { findOwner } from './find-owner.ts';
import { holdsKey, selectOwners, selectUnnamed } from './key-grants.rows.ts';

/** An app's server sees all keys of the app, a visitor with a session their own. */
export type KeyCaller = Caller<'secret' | 'session'>;

/** Whose keys a session shows; undefined: of nobody. */
export function subjectOf(caller: Caller<'session'>): Subject | undefined {
  return subjectOfSession(caller.session);
}

/** Whoever has only come back from a checkout cannot use up what servers may ask of Polar. Customers are counted by their address. */
export function askingFor(services: Services, caller: KeyCaller): Services {
  return isProven(caller) ? services : forAnybody(services, caller.app, 'license', 0);
}

/** Whether the caller is known to be the customer: not whoever has only come back from a checkout (trust rule 1). */
export function isProven(caller: KeyCaller): boolean {
  return caller.kind === 'secret' || subjectOf(caller)?.kind !== 'purchase';
}

/**
 * A key that the caller may see, by its id, as Polar has it now.
 * @throws {Problem} `not_found`, for another's and another app's too; `polar_…`
 */
export async function requireKey(services: Services, caller: KeyCaller, id: string): Promise<FoundKey> {
  const { app } = caller;
  const found = await fetchKey(askingFor(services, caller), app.mode, id);
  if (found && (await mayBeSeen(services, caller, found.key))) return found;
  throw new Problem('not_found', { detail: 'There is no such licence key here.' });
}

async function mayBeSeen(services: Services, caller: KeyCaller, key: PolarLicenseKey): Promise<boolean> {
  const { app } = caller;
  if ((await findOwner(askingFor(services, caller), app.mode, key)) !== app.id) return false;
  if (caller.kind === 'secret') return true;
  const subject = subjectOf(caller);
  return subject !== undefined && holdsKey(services.database, app, subject, key.id);
}

/** Of keys in a list those of the app. Where no grant names a key, the grants of its customer and benefit say whose it is. */
export async function keepOwn(
  services: Services,
  app: Pick<AppRow, 'id'> & { mode: Mode },
  keys: readonly PolarLicenseKey[],
): Promise<PolarLicenseKey[]> {
  if (keys.length === 0) return [];
  const { database } = services;
  const ids = keys.map(({ id }) => id);
  const owners = new Map(
    (await selectOwners(database, app.mode, ids)).map(({ licenseKeyId, appId }) => [licenseKeyId, appId]),
  );
  const nobodys = keys.filter(({ id }) => !owners.has(id));
  const grants =
    nobodys.length === 0
      ? []
      : await selectUnnamed(
          database,
          app.mode,
          nobodys.map(({ customerId }) => customerId),
        );
  for (const key of nobodys) {
    const apps = new Set(
      grants
        .filter(({ customerId, benefitId }) => customerId === key.customerId && benefitId === key.benefitId)
        .map(({ appId }) => appId),
    );
    const [only = null] = apps;
    owners.set(key.id, apps.size === 1 ? only : null);
  }
  return keys.filter(({ id }) => owners.get(id) === app.id);
}
