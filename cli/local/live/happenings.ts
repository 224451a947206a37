/* What happens on this machine, as the terminal, the live page and readers of its stream are told. */

export const KINDS = ['ready', 'request', 'checkout', 'webhook', 'event', 'delivery', 'access'] as const;
export type Kind = (typeof KINDS)[number];

/** One thing that happened. Nothing secret is in it: see mask.rules.ts. */
export interface Happening {
  /** `<start>-<number>`: numbers count up from 1 since this start. */
  id: string;
  /** When it began, ISO 8601 UTC. */
  at: string;
  kind: Kind;
  /** `POST /v1/payments`, `order.paid`, `content:blog/premium-article`. */
  what: string;
  /** A buyer's address where it is known, else an app, `operator`, or a receiver's address. */
  whom: string | null;
  /** In a word or two: `201`, `applied`, `open`, `closed: revoked`. */
  result: string;
  ok: boolean;
  /** How long it took, milliseconds; null where nothing was waited for. */
  duration_ms: number | null;
  /** Where this step is shown. */
  link: string;
  payload: unknown;
  /** The purchase that it belongs to, `catalogue` for what sellers do to their products, or null. */
  chain: string | null;
}

/** As a source tells it. The stream gives it a number and a link. */
export type NewHappening = Omit<Happening, 'id' | 'at' | 'link'> & { at: number };

/** The chain of products and benefits: the local stack sets them up when it starts first. */
export const CATALOGUE = 'catalogue';

/** Types of Polar events that are about what is for sale. */
export const isCatalogue = (type: string): boolean =>
  /^(?:polar\.)?(?:product|benefit|organization)\./.test(type);
