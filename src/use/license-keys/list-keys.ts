import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { LicenseKeyStatus } from '../../base/polar-gateway.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { readCustomer, type Subject } from '../../base/subject.rules.ts';
import { readKeyGrant, type PolarLicenseKey } from '../../polar/license-keys.rules.ts';
import { fetchKey, readKey } from './find-key.ts';
import { type HeldGrant, selectHeldGrants, selectKeyBenefits } from './key-grants.rows.ts';
import type { LicenseKeyView } from './license-keys.answers.ts';
import { presentLicenseKey } from './present-license-key.ts';
import { askingFor, isProven, type KeyCaller, keepOwn, subjectOf } from './whose-keys.ts';

export interface KeyQuery {
  customer?: string | undefined;
  benefit?: string | undefined;
  status?: LicenseKeyStatus | undefined;
  cursor?: string | undefined;
  limit: number;
}

type Page = { data: LicenseKeyView[]; next_cursor: string | null };

/** Of one customer each key is read by itself, so that a page has fewer: as its server asks, and with a session. */
const MOST_OF_CUSTOMER = { secret: 20, session: 5 } as const;
/** How many keys are read at once. */
const AT_ONCE = 4;
/** So many pages of 100 keys are looked through for one page here. */
const MOST_PAGES = 5;

/**
 * A page of licence keys, the newest first, without the keys themselves. It may be short, and even empty, while there are more: Polar's
 * list is the organization's, and has no customers.
 * @throws {Problem} `validation_failed` (the cursor, a customer beside a session), `polar_…`
 */
export function listKeys(services: Services, caller: KeyCaller, query: KeyQuery): Promise<Page> {
  const asking = askingFor(services, caller);
  if (caller.kind === 'session') {
    const subject = subjectOf(caller);
    return subject
      ? listHeld(asking, caller, subject, query)
      : Promise.resolve({ data: [], next_cursor: null });
  }
  const subject = query.customer === undefined ? undefined : readCustomer(query.customer);
  return subject ? listHeld(asking, caller, subject, query) : listAll(asking, caller, query);
}

async function listHeld(
  services: Services,
  caller: KeyCaller,
  subject: Subject,
  { benefit, status, cursor, limit }: KeyQuery,
): Promise<Page> {
  const { app } = caller;
  const most = Math.min(limit, MOST_OF_CUSTOMER[caller.kind]);
  const grants = await selectHeldGrants(services.database, app, subject, {
    after: cursor === undefined ? undefined : decodeCursor(cursor, { order: 'held' }),
    benefitId: benefit,
    limit: most + 1,
    isServer: caller.kind === 'secret',
  });
  const shown = grants.slice(0, most);
  const ids = [...new Set(await nameKeys(services, app.mode, shown))];
  const keys: PolarLicenseKey[] = [];
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const found = await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => fetchKey(services, app.mode, id)));
    for (const each of found) if (each) keys.push(each.key);
  }
  const last = grants.length > most ? shown.at(-1) : undefined;
  return {
    data: keys
      .filter((key) => status === undefined || key.status === status)
      .map((key) => presentLicenseKey(key, isProven(caller))),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }, 'held') : null,
  };
}

/** The keys of grants. Those that were stored before it was kept which are read at Polar. */
async function nameKeys(
  services: Services,
  mode: KeyCaller['app']['mode'],
  grants: readonly HeldGrant[],
): Promise<string[]> {
  const named = new Map<string, string>();
  const customers = new Set(
    grants.filter(({ licenseKeyId }) => licenseKeyId === null).map(({ customerId }) => customerId),
  );
  for (const customerId of customers) {
    const { items } = await services.polar(mode).fetchGrants(customerId, 1);
    for (const grant of items.map(readKeyGrant)) if (grant) named.set(grant.id, grant.licenseKeyId);
  }
  return grants.flatMap(({ id, licenseKeyId }) => licenseKeyId ?? named.get(id) ?? []);
}

async function listAll(
  services: Services,
  caller: KeyCaller,
  { benefit, status, cursor, limit }: KeyQuery,
): Promise<Page> {
  const { app } = caller;
  const benefitIds = benefit === undefined ? await selectKeyBenefits(services.database, app.id) : [benefit];
  if (benefitIds.length === 0) return { data: [], next_cursor: null };
  let place = readPlace(cursor);
  const found: PolarLicenseKey[] = [];
  for (let looked = 0; ; looked++) {
    const { page } = place;
    const answer = await services.polar(app.mode).fetchLicenseKeys({ benefitIds, status }, page);
    const keys = answer.items.map((data) => readKey({ data, requestedAt: answer.requestedAt }).key);
    const ahead = behind(keys, place);
    const own = new Set((await keepOwn(services, app, ahead)).map(({ id }) => id));
    for (const key of ahead) {
      if (own.has(key.id)) found.push(key);
      place = { page, after: { at: key.createdAt, id: key.id } };
      if (found.length === limit) break;
    }
    const hasMore = page < answer.maxPage || place.after?.id !== keys.at(-1)?.id;
    const isEnd = found.length === limit || looked + 1 === MOST_PAGES;
    if (!hasMore || isEnd) {
      return {
        data: found.map((key) => presentLicenseKey(key, true)),
        next_cursor: hasMore ? writePlace(place) : null,
      };
    }
    place = { ...place, page: page + 1 };
  }
}

/** A place in Polar's list: which page it was on, and the last key that was looked at. */
interface Place {
  page: number;
  after: { at: number; id: string } | undefined;
}

/** What stands behind a place. New keys move it to later pages; then all that is older is behind it. */
function behind(keys: readonly PolarLicenseKey[], { after }: Place): PolarLicenseKey[] {
  if (!after) return [...keys];
  const at = keys.findIndex(({ id }) => id === after.id);
  return at === -1 ? keys.filter(({ createdAt }) => createdAt < after.at) : keys.slice(at + 1);
}

const writePlace = ({ page, after }: Place) =>
  encodeCursor({ at: after?.at ?? Number.MAX_SAFE_INTEGER, id: `${page} ${after?.id ?? ''}` }, 'all');

function readPlace(cursor: string | undefined): Place {
  if (cursor === undefined) return { page: 1, after: undefined };
  const { at, id } = decodeCursor(cursor, { order: 'all' });
  const [, page, key] = /^([1-9]\d{0,6}) ([0-9a-f-]{36})$/.exec(id) ?? [];
  if (page === undefined || key === undefined) {
    const error = {
      path: 'query.cursor',
      message: 'Use the next_cursor of the page before, with the same parameters.',
    };
    throw new Problem('validation_failed', { detail: `${error.path}: ${error.message}`, errors: [error] });
  }
  return { page: Number(page), after: { at, id: key } };
}
