import { isEventGroup, isEventType, MAX_TYPE_LENGTH } from '../../base/event-types.rules.ts';
import { entriesOfGift, type GiftRow } from './gift-entries.rules.ts';
import { BEHIND, isBelow, newestFirst, type Place } from './places.rules.ts';

/*
 * Entries of a timeline, from rows of several tables, newest first. Times are milliseconds since 1970.
 *
 * Each source gives its newest rows below a place. What is older than the last row of a source that has more cannot be shown
 * yet, since something of that source may stand before it: a page ends there, and the next one goes on.
 */

/** What is no event of the app's. */
const OWN_TYPES = [
  'payment.started',
  'delivery.pending',
  'delivery.succeeded',
  'delivery.failed',
  'delivery.canceled',
  'session.started',
  'session.ended',
  'gift.bought',
  'gift.mailed',
  'gift.received',
  'gift.refunded',
  'file.downloaded',
  'license_key.activated',
  'license_key.deactivated',
];

/** Whether `text` is a type of entry, or a group of them such as `delivery.*`. */
export function isTimelineFilter(text: string): boolean {
  if (text.length > MAX_TYPE_LENGTH) return false;
  return (
    OWN_TYPES.some((type) => type === text || `${type.split('.')[0]}.*` === text) ||
    isEventType(text) ||
    isEventGroup(text)
  );
}

/** Whether an entry is of a type or a group; undefined: of any. */
function isOfType(type: string, filter: string | undefined): boolean {
  if (filter === undefined) return true;
  return filter.endsWith('.*') ? type.startsWith(filter.slice(0, -1)) : type === filter;
}

export interface Entry extends Place {
  type: string;
  /** The row that it is of, and what else is needed to say it. */
  of: Source;
}

type Source =
  | { kind: 'event'; event: EventRow }
  | { kind: 'delivery'; eventId: string; paymentId: string | null; delivery: DeliveryRow }
  | { kind: 'payment'; payment: PaymentRow }
  | { kind: 'session'; session: SessionRow; isEnd: boolean }
  | GiftSource
  | { kind: 'download'; download: DownloadRow }
  | { kind: 'activation'; activation: ActivationRow };

/** What happened to a gift; `refund`: the event that tells of it. */
export type GiftSource = {
  kind: 'gift';
  gift: GiftRow;
  what: 'bought' | 'mailed' | 'received' | 'refunded';
  refund?: { eventId: string; occurredAt: number };
};

export type DeliveryRow = [
  id: string,
  endpointId: string,
  status: string,
  attempts: number,
  finishedAt: number | null,
  lastStatus: number | null,
];

export interface EventRow {
  id: string;
  key: string;
  type: string;
  paymentId: string | null;
  /** Of its payment; null: of none. */
  paymentKind: string | null;
  occurredAt: number;
  createdAt: number;
  /** JSON of `DeliveryRow`s. */
  deliveries: string;
}

export interface PaymentRow {
  id: string;
  createdAt: number;
  method: string;
  productName: string | null;
  /** That of `payment.pending`, if it was told. */
  eventId: string | null;
  deliveries: string;
}

export interface SessionRow {
  id: string;
  proof: 'purchase' | 'app' | 'email';
  label: string | null;
  paymentId: string | null;
  createdAt: number;
  expiresAt: number;
  revokedAt: number | null;
}

export interface DownloadRow {
  id: string;
  fileId: string;
  /** As it was offered last. */
  name: string | null;
  createdAt: number;
}

export interface ActivationRow {
  id: string;
  licenseKeyId: string;
  displayKey: string;
  what: 'activated' | 'deactivated';
  createdAt: number;
}

/** Rows of one source, newest first. `isCut`: there may be more. */
interface Looked<Row> {
  rows: readonly Row[];
  isCut: boolean;
}

export interface Sources {
  events: readonly Looked<EventRow>[];
  payments: readonly Looked<PaymentRow>[];
  downloads: readonly Looked<DownloadRow>[];
  activations: readonly Looked<ActivationRow>[];
  sessions: readonly SessionRow[];
  gifts: readonly GiftRow[];
}

interface Window {
  /** Entries before this place only; undefined: all. */
  before: Place | undefined;
  /** Not older than this. */
  since: number;
  now: number;
  type: string | undefined;
  limit: number;
}

/** The entries of one page, and where the next one goes on; undefined: there is none. */
export function mergeEntries(
  { events, payments, downloads, activations, sessions, gifts }: Sources,
  { before, since, now, type, limit }: Window,
): { entries: Entry[]; next: Place | undefined } {
  const all = new Map<string, Entry>();
  const add = (entry: Entry) => all.set(entry.id, entry);
  for (const { rows } of events) for (const row of rows) entriesOfEvent(row).forEach(add);
  for (const { rows } of payments) for (const row of rows) entriesOfPayment(row).forEach(add);
  for (const { rows } of downloads) rows.map(entryOfDownload).forEach(add);
  for (const { rows } of activations) rows.map(entryOfActivation).forEach(add);
  for (const row of sessions) entriesOfSession(row, now).forEach(add);
  for (const row of gifts) entriesOfGift(row).forEach(add);
  // The newest of the places at which a source was cut: what stands below it is not complete.
  const end = [...events, ...payments, ...downloads, ...activations]
    .flatMap(({ rows, isCut }): Place[] => {
      const last = rows.at(-1);
      return isCut && last ? [{ at: last.createdAt, id: last.id }] : [];
    })
    .toSorted(newestFirst)[0];
  const shown = [...all.values()]
    .filter((entry) => !before || isBelow(entry, before))
    .filter((entry) => entry.at >= since && (!end || !isBelow(entry, end)))
    .filter((entry) => isOfType(entry.type, type))
    .toSorted(newestFirst);
  const entries = shown.slice(0, limit);
  return { entries, next: shown.length > limit ? entries.at(-1) : end };
}

function entriesOfEvent(event: EventRow): Entry[] {
  // That a checkout was opened says the payment itself.
  if (event.type === 'payment.pending' && event.paymentKind === 'checkout') return [];
  const { id, createdAt: at, type, deliveries, paymentId } = event;
  return [
    { id, at, type, of: { kind: 'event', event } },
    ...entriesOfDeliveries({ id, at, deliveries, eventId: id, paymentId }),
  ];
}

function entriesOfPayment(payment: PaymentRow): Entry[] {
  const { id, createdAt: at, eventId, deliveries } = payment;
  return [
    { id, at, type: 'payment.started', of: { kind: 'payment', payment } },
    ...(eventId === null ? [] : entriesOfDeliveries({ id, at, deliveries, eventId, paymentId: id })),
  ];
}

function entriesOfDeliveries(of: {
  id: string;
  at: number;
  deliveries: string;
  eventId: string;
  paymentId: string | null;
}): Entry[] {
  const { id, at, eventId, paymentId } = of;
  return (JSON.parse(of.deliveries) as DeliveryRow[]).map((delivery) => ({
    id: id + BEHIND + delivery[0],
    at,
    type: `delivery.${delivery[2]}`,
    of: { kind: 'delivery', eventId, paymentId, delivery },
  }));
}

function entriesOfSession(session: SessionRow, now: number): Entry[] {
  const { id, createdAt, expiresAt, revokedAt } = session;
  const endedAt = revokedAt ?? (expiresAt <= now ? expiresAt : null);
  const started: Entry = {
    id,
    at: createdAt,
    type: 'session.started',
    of: { kind: 'session', session, isEnd: false },
  };
  if (endedAt === null) return [started];
  const ended: Entry = {
    id: `${id}${BEHIND}end`,
    at: endedAt,
    type: 'session.ended',
    of: { kind: 'session', session, isEnd: true },
  };
  return [ended, started];
}

function entryOfDownload(download: DownloadRow): Entry {
  const { id, createdAt: at } = download;
  return { id, at, type: 'file.downloaded', of: { kind: 'download', download } };
}

function entryOfActivation(activation: ActivationRow): Entry {
  const { id, createdAt: at, what } = activation;
  return { id, at, type: `license_key.${what}`, of: { kind: 'activation', activation } };
}
