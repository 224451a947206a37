import type { Colour } from '../terminal/colours.ts';

interface Customer {
  id: string | null;
  external_id: string | null;
  email: string | null;
}

interface Product {
  id: string | null;
  name: string | null;
  plan: string | null;
}

/** Who it is, as people call them: their address, or what the app or Polar calls them. */
export const customerName = ({ email, external_id, id }: Customer): string =>
  email ?? (external_id === null ? (id ?? 'nobody yet') : `external:${external_id}`);

/** All that is known of who it is, for commands that ask for a customer. */
export const customerLines = ({ email, external_id, id }: Customer): string[] =>
  [email, external_id === null ? null : `external:${external_id}`, id].filter((each) => each !== null);

export const productName = ({ name, id }: Product): string => name ?? id ?? 'an unknown product';

/** As short as it can be told from the app's others. */
export const planName = ({ plan, name, id }: Product): string | null => plan ?? name ?? id;

export const productLines = ({ name, id }: Product): string[] => [name, id].filter((each) => each !== null);

/** Your own names and values, a line each. */
export const metadataLines = (metadata: Readonly<Record<string, string | number | boolean>>): string[] =>
  Object.entries(metadata).map(([key, value]) => `${key}=${value}`);

const COLOURS: Readonly<Record<string, Colour>> = {
  succeeded: 'green',
  active: 'green',
  trialing: 'green',
  applied: 'green',
  finished: 'green',
  pending: 'yellow',
  running: 'yellow',
  past_due: 'yellow',
  unrouted: 'yellow',
  failed: 'red',
  unpaid: 'red',
};

/** Of a status: what goes well, what is not over, what has failed. */
export const statusColour = (status: string): Colour | undefined => COLOURS[status];

/** `1 delivery`, `2,000 deliveries`. */
export const count = (number: number, one: string, more = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : more}`;
