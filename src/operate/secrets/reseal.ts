import { polarEventContext } from '../../base/polar-event.rules.ts';
import { checkoutUrlContext } from '../../base/present-payment.ts';
import { SETTLE_SECONDS } from '../../base/key-lives.rules.ts';
import { log } from '../../base/log.ts';
import { encryptingKey, seal, unseal } from '../../base/sealed.ts';
import type { Services } from '../../base/services.ts';
import type { EncryptionKey } from '../../base/settings.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { contextOf } from '../../http/idempotency.ts';
import { secretContext, urlContext } from '../../tell/endpoints/endpoint-secret.rules.ts';
import { listAgedSecrets } from './known-secrets.ts';
import { beginPass, noteProgress, type Pass, selectPasses } from './reseals.rows.ts';
import {
  nextSealed,
  PLACE_NAMES,
  type PlaceName,
  replaceSealed,
  type SealedRow,
} from './sealed-places.rows.ts';
import { switchedAt } from './secret-life.rules.ts';

/* Pieces of one run of the cron, or of one request. */
const MAX_PIECES = 20;
const STATEMENTS_PER_PIECE = 5;
const STATEMENTS_LEFT = 100;

/** How far what older keys have encrypted has been encrypted again. */
export interface Resealing {
  keyId: string;
  /** From when on nothing new is made with an older key, milliseconds. Only a pass that began later finds all. */
  settledAt: number;
  passes: Pass[];
}

/** Undefined while there is no older key. */
export async function findResealing(services: Services): Promise<Resealing | undefined> {
  const key = keyToReseal(services);
  if (!key) return undefined;
  const [settledAt, passes] = await Promise.all([
    whenSettled(services, key),
    runBatch(services.database, selectPasses(services.database, key.id)),
  ]);
  return { keyId: key.id, settledAt, passes };
}

async function whenSettled(services: Services, { id, encrypt_from }: EncryptionKey): Promise<number> {
  const secrets = await listAgedSecrets(services);
  const known = secrets.find((secret) => secret.purpose === 'encryption' && secret.id === id);
  const since = known?.since ?? services.now();
  return switchedAt({ id, begins: encrypt_from, since }) + SETTLE_SECONDS * 1000;
}

/** Whether no value is left that needs an older key. */
export function isResealed({ passes, settledAt }: Resealing): boolean {
  return PLACE_NAMES.every((place) =>
    passes.some((pass) => pass.place === place && pass.finishedAt !== null && pass.beganAt >= settledAt),
  );
}

/**
 * Encrypts again what older keys have encrypted, some pieces of it; the next run goes on. It begins as soon as a new key
 * encrypts. Invocations that began with the settings of before may still use the old one for a while, so there is another
 * pass behind that (ADR 92).
 */
export async function reseal(services: Services): Promise<void> {
  const key = keyToReseal(services);
  if (!key) return;
  const { database, budget } = services;
  const settledAt = await whenSettled(services, key);
  for (let pieces = 0; pieces < MAX_PIECES; pieces++) {
    if (!budget.hasRoomFor(STATEMENTS_PER_PIECE + STATEMENTS_LEFT)) return;
    const passes = await runBatch(database, selectPasses(database, key.id));
    const underWay = passes.find(({ finishedAt }) => finishedAt === null);
    if (underWay) {
      await resealPiece(services, underWay);
      continue;
    }
    const next = nextPlace({ keyId: key.id, settledAt, passes }, services.now());
    if (next === undefined) return;
    await runBatch(database, [beginPass(database, key.id, next, services.now())]);
  }
}

/** A place that was not gone through yet, or not since nothing new is made with an older key. */
function nextPlace({ passes, settledAt }: Resealing, now: number): PlaceName | undefined {
  return PLACE_NAMES.find((place) => {
    const pass = passes.find((each) => each.place === place);
    return !pass || (pass.beganAt < settledAt && now >= settledAt);
  });
}

/** The key that everything is to be encrypted with, when there is an older one beside it. */
function keyToReseal(services: Services): EncryptionKey | undefined {
  const { config } = services;
  if (config.encryptionKeys.length < 2) return undefined;
  const key = encryptingKey(config);
  const hasOlder = config.encryptionKeys.some(
    (other) => other !== key && other.encrypt_from * 1000 <= services.now(),
  );
  return hasOlder ? key : undefined;
}

async function resealPiece(services: Services, pass: Pass): Promise<void> {
  const { database, config } = services;
  const { place, after, keyId } = pass;
  const { rows, scanned } = await runBatch(database, nextSealed(database, place, after, keyId));
  const changed: { at: string | number; before: string; sealed: string }[] = [];
  let unreadable = 0;
  for (const row of rows) {
    try {
      changed.push({ at: row.at, before: row.sealed, sealed: await sealAgain(config, place, row) });
    } catch (error) {
      // Nobody can read it any more, so no key is kept for it.
      unreadable += 1;
      log('error', 'an encrypted value does not open', { place, at: row.at, error });
    }
  }
  // With nothing to do among what was looked at, the pass goes on behind all of it.
  const last = rows.at(-1)?.at ?? scanned[0]?.last ?? null;
  await runBatch(database, [
    ...replaceSealed(database, place, changed),
    noteProgress(database, pass, {
      after: last === null ? after : String(last),
      finishedAt: last === null ? services.now() : null,
      resealed: changed.length,
      unreadable,
    }),
  ]);
}

async function sealAgain(
  config: Services['config'],
  place: PlaceName,
  { id, appId, route, sealed }: SealedRow,
): Promise<string> {
  const again = async (context: string, value: string) =>
    seal(config, context, await unseal(config, context, value));
  switch (place) {
    case 'polar_events':
      return again(polarEventContext(id), sealed);
    case 'payments':
      return again(checkoutUrlContext(id), sealed);
    case 'idempotency_keys':
      return again(contextOf({ appId: appId ?? '', route: route ?? '', key: id }), sealed);
    case 'endpoints':
      return again(secretContext(id), sealed);
    case 'endpoints.url':
      return again(urlContext(id), sealed);
    case 'endpoints.previous_secrets': {
      const previous = JSON.parse(sealed) as { sealed: string; until: number }[];
      return JSON.stringify(
        await Promise.all(
          previous.map(async (each) => ({ ...each, sealed: await again(secretContext(id), each.sealed) })),
        ),
      );
    }
  }
}
