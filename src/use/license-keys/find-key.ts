import { $ZodError } from 'zod/v4/core';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { log } from '../../base/log.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { PolarRead } from '../../base/polar-gateway.ts';
import { Problem } from '../../base/problem.ts';
import { equalSecrets } from '../../base/secrets.ts';
import type { Services } from '../../base/services.ts';
import { asNotDone } from '../../polar/not-done.ts';
import { parseLicenseKey, type PolarLicenseKey } from '../../polar/license-keys.rules.ts';
import { isDisputed } from './disputed-keys.rows.ts';
import type { KeyOwner } from './key-grants.rows.ts';
import { findOwner } from './find-owner.ts';
import { NOES, requireNo } from './require-no.ts';

/** A key as Polar has it. */
export interface FoundKey {
  key: PolarLicenseKey;
  /** Before Polar was asked, milliseconds. */
  readAt: number;
}

/** What is known of a key before Polar is asked. */
export interface KnownOfKey {
  /** Its id, when it was good before. */
  id: string | null;
  /** Grants of the mode that name a key which ends alike. */
  alike: readonly KeyOwner[];
}

type AskingApp = Pick<AppRow, 'id' | 'mode' | 'disputeAccess'>;

/**
 * The app's key of this text, as Polar has it now; `revoked` while its purchase is disputed, if the app does not count what is. Undefined
 * for one that Polar does not know, for another app's and for what is no key at all: of these three Polar is asked the same, once (trust
 * rule 10).
 * @throws {Problem} `polar_…`
 */
export async function findKey(
  services: Services,
  app: AskingApp,
  text: string,
  known: KnownOfKey,
): Promise<FoundKey | undefined> {
  const found = await findOwnKey(services, app, text, known);
  if (found?.key.status !== 'granted' || app.disputeAccess !== 'suspend') return found;
  const isSuspended = await isDisputed(services.database, { appId: app.id, licenseKeyId: found.key.id });
  return isSuspended ? { ...found, key: { ...found.key, status: 'revoked' } } : found;
}

async function findOwnKey(
  services: Services,
  app: AskingApp,
  text: string,
  known: KnownOfKey,
): Promise<FoundKey | undefined> {
  const own = known.alike.filter(({ appId }) => appId === app.id).map(({ licenseKeyId }) => licenseKeyId);
  const ids = known.id === null ? [...new Set(own)] : [known.id];
  if (ids.length > 0) return findAmong(services, app.mode, ids, text);
  // Nothing of it is counted: a key that another app sold must not change by this.
  const asked = await services.polar(app.mode).validateLicenseKey({ key: text });
  if (!asked.ok) {
    requireNo(asked.error, NOES.validate);
    return undefined;
  }
  const { key } = readKey(asked.value);
  const isAnothers = known.alike.some(({ licenseKeyId, appId }) => licenseKeyId === key.id && appId !== null);
  if (isAnothers || !(await equalSecrets(key.key, text))) return undefined;
  // Polar knows a key that no grant here names: whoever has paid must not be kept out because a webhook is late.
  if ((await findOwner(services, app.mode, key)) !== app.id) return undefined;
  return fetchKey(services, app.mode, key.id);
}

async function findAmong(
  services: Services,
  mode: Mode,
  ids: readonly string[],
  text: string,
): Promise<FoundKey | undefined> {
  for (const id of ids) {
    const found = await fetchKey(services, mode, id);
    if (found && (await equalSecrets(found.key.key, text))) return found;
  }
  return undefined;
}

/** A key by its id, with its activations; undefined when Polar does not know it. @throws {Problem} `polar_…` */
export async function fetchKey(services: Services, mode: Mode, id: string): Promise<FoundKey | undefined> {
  const read = await services.polar(mode).fetchLicenseKey(id);
  return read && readKey(read);
}

/** A key about which Polar has just said no, so that it is certain that nothing was done. @throws {Problem} `polar_…` */
export function fetchRefused(services: Services, mode: Mode, id: string): Promise<FoundKey | undefined> {
  return fetchKey(services, mode, id).catch((error: unknown) => {
    throw asNotDone(error);
  });
}

/** @throws {Problem} `polar_failed` for what is not as Polar documents it; nothing of it is in the log, since a key is */
export function readKey({ data, requestedAt }: PolarRead): FoundKey {
  try {
    return { key: parseLicenseKey(data), readAt: requestedAt };
  } catch (error) {
    const paths = error instanceof $ZodError ? error.issues.map(({ path }) => path.join('.')) : [];
    log('error', 'a licence key is not as Polar documents it', { paths });
    throw new Problem('polar_failed', {
      detail: 'What Polar says of this licence key is not what it documents.',
    });
  }
}
