/*
 * What is kept in clear of a grant's properties and of Polar's error, by type of benefit (ADR 98). The rest may be an
 * invitation, an address, or an account of the customer's somewhere else, and is not stored (ADR 47).
 */

/** Whether the customer has given the account or address that a grant needs. */
type Connection = 'missing' | 'given';

/** Why Polar could not grant. */
export interface GrantError {
  /** The class of Polar's error. */
  type: string;
  /** In Polar's words, without addresses and links. */
  message: string;
  /** Milliseconds; null: Polar did not say. */
  at: number | null;
}

export interface GrantFacts {
  licenseKeyId: string | null;
  /** The end of the licence key, as `****-A1B2C3`. */
  displayKey: string | null;
  /** Files of the customer's to download; null: the benefit gives none. */
  fileIds: string[] | null;
  /** Null: a benefit of this type needs no account. */
  connection: Connection | null;
}

type Properties = Readonly<Record<string, unknown>>;

const NOTHING: GrantFacts = { licenseKeyId: null, displayKey: null, fileIds: null, connection: null };

const connectedBy =
  (field: string) =>
  (properties: Properties): Partial<GrantFacts> => ({
    connection: asShort(properties[field]) === null ? 'missing' : 'given',
  });

/** Of a type that is not here, nothing is kept. */
const BY_TYPE: Readonly<Record<string, (properties: Properties) => Partial<GrantFacts>>> = {
  license_keys: ({ license_key_id: id, display_key: shown }) => ({
    licenseKeyId: asShort(id),
    displayKey: asShort(shown),
  }),
  downloadables: ({ files }) => ({
    fileIds: Array.isArray(files) ? files.flatMap((id: unknown) => asShort(id) ?? []) : [],
  }),
  discord: connectedBy('account_id'),
  github_repository: connectedBy('account_id'),
  slack_shared_channel: connectedBy('invited_email'),
};

/** What is kept of the properties of a grant of a benefit of `type`. */
export function factsOf(type: string | null, properties: Properties): GrantFacts {
  const read = type !== null && Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined;
  return { ...NOTHING, ...read?.(properties) };
}

/** Whether people fulfil a benefit: a custom one whose metadata says `fulfilment: manual`. */
export function isByHand(type: string, metadata: Properties | undefined): boolean {
  return type === 'custom' && metadata?.['fulfilment'] === 'manual';
}

const MAX_MESSAGE = 300;

/** A message of Polar's without the words that may name somebody: addresses and links. */
export function withoutAddresses(message: string): string {
  return message
    .slice(0, MAX_MESSAGE)
    .split(' ')
    .map((word) => (word.includes('@') || word.includes('://') ? '…' : word))
    .join(' ');
}

/** An id or a displayed key, or null for anything else. */
function asShort(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 100 ? value : null;
}
