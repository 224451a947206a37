import type { PolarKind, RereadKind } from '../base/polar-kinds.rules.ts';
import { kindOfNoun, KINDS, PLAIN_LINKS, POLAR_EVENT_TYPES } from './kinds.rules.ts';
import { plainObject } from './objects.rules.ts';
import { parseEmbedded } from './parse-embedded.rules.ts';
import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import { OWNER_KEYS } from './product-names.rules.ts';
import { asText } from './content.rules.ts';
import { parsePlain } from './parse-objects.rules.ts';
import { type Links, type Observation, polarEventAsId } from './snapshots.rules.ts';
import { toMicroseconds } from './versions.rules.ts';

interface Seen {
  type: string;
  /** Microseconds. */
  seen: number;
  data: Record<string, unknown>;
  /** By which keys of metadata products and discounts say whose they are. */
  ownerKeys: OwnerKeys;
}

/**
 * The observation of one webhook. Objects without a table of their own, and types that Polar adds later, become `other`
 * snapshots.
 * @throws when a known type's data is not what Polar documents: the Polar event is then kept as failed.
 */
export function observePolarEvent(
  type: string,
  timestamp: string,
  data: Record<string, unknown>,
  ownerKeys = OWNER_KEYS,
): Observation {
  const seen = toMicroseconds(timestamp);
  const [noun = type, verb = ''] = type.split('.', 2);
  const seenAs = { type, seen, data, ownerKeys };
  if (!POLAR_EVENT_TYPES.includes(`${noun}.${verb}`)) return observeUnknown(noun, seenAs);
  if (type === 'customer.state_changed') return observePlain('customer_state', seenAs);
  const kind = kindOfNoun(noun);
  if (!kind) return observePlain(noun, seenAs);
  const observation = observe(kind, seenAs);
  return KINDS[kind].deletedBy === type ? asDeleted(observation) : observation;
}

/**
 * A member's object does not say that it was deleted, only the Polar event does. The deletion is a version like any
 * other: an older update that comes late does not bring the member back, a newer one does. Of two with the same times
 * the deletion counts as the later.
 */
function asDeleted(observation: Observation): Observation {
  const { main } = observation;
  if (main.kind !== 'other') return observation;
  const row = { ...main.row, status: 'deleted', digest: Number.MAX_SAFE_INTEGER };
  return { ...observation, main: { kind: 'other', row } };
}

/**
 * A type that Polar added later: kept under its whole name, and routed by the object in it or the ids that it names.
 */
function observeUnknown(noun: string, seenAs: Seen): Observation {
  const { seen, data } = seenAs;
  const named = { ...data, id: asText(data['id']) ?? polarEventAsId(seenAs.type, seen) };
  const other = { ...observePlain(seenAs.type, { ...seenAs, data: named }), data };
  const kind = kindOfNoun(noun);
  // Without rules for the kind it is unknown what the Polar event means for the object.
  if (!kind || !KINDS[kind].parse) return other;
  try {
    const { main, embedded, unread, links } = observe(kind, seenAs);
    return { ...other, embedded: [main, ...embedded], unread, links };
  } catch {
    return other;
  }
}

/**
 * The observation of an answer of Polar's API. `requestedAt`: when it was requested, milliseconds. @throws as
 * `observePolarEvent`
 */
export function observeRead(
  kind: PolarKind,
  data: unknown,
  requestedAt: number,
  ownerKeys = OWNER_KEYS,
): Observation {
  const plain = plainObject().parse(data);
  return observe(kind, { type: 'read', seen: requestedAt * 1000, data: plain, ownerKeys });
}

/** The same, of an object of a kind that has no rules of its own. @throws when it has no id */
export function observePlainRead(kind: string, data: unknown, requestedAt: number): Observation {
  return observePlain(kind, { type: 'read', seen: requestedAt * 1000, data: plainObject().parse(data) });
}

function observe(kind: PolarKind, { type, seen, data, ownerKeys }: Seen): Observation {
  const { parse, links = {}, embeds = {}, isCut } = KINDS[kind];
  const main = parse ? parse(data, seen, ownerKeys) : parsePlain(kind, data, seen);
  return {
    type,
    occurredAt: Math.floor(seen / 1000),
    data: isCut && main.kind === 'other' ? main.row.data : data,
    main,
    ...parseEmbedded(data, seen, embeds),
    links: readLinks(data, links),
  };
}

function observePlain(kind: string, { type, seen, data }: Omit<Seen, 'ownerKeys'>): Observation {
  return {
    type,
    occurredAt: Math.floor(seen / 1000),
    data,
    main: parsePlain(kind, data, seen),
    embedded: [],
    unread: [],
    links: readLinks(data, PLAIN_LINKS),
  };
}

function readLinks(data: Record<string, unknown>, fields: Partial<Record<keyof Links, string>>): Links {
  const idIn = (field: string | undefined) => (field === undefined ? null : asText(data[field]));
  return {
    orderId: idIn(fields.orderId),
    subscriptionId: idIn(fields.subscriptionId),
    checkoutId: idIn(fields.checkoutId),
    productId: idIn(fields.productId),
  };
}

/** The reread that shows the main object again; undefined when only lists show it. */
export function rereadOf({ main, data }: Observation): { kind: RereadKind; id: string } | undefined {
  const reread = main.kind === 'other' ? undefined : KINDS[main.kind].reread;
  const id = reread ? asText(data[reread.by]) : null;
  return reread && id !== null ? { kind: reread.kind, id } : undefined;
}
