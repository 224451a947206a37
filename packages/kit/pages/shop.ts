import { type Client, createClient } from '../client.ts';
import type { GateSettings } from '../gate-settings.ts';
import type { Answer } from '../client.ts';
import { FloeError } from '../problem.ts';
import type { Product } from './data.ts';

export type Session = Answer<'GET /v1/session'>;

/** What the pages ask of the gateway. */
export interface Shop {
  /** Calls as the app, with its secret key. What creates is tried twice. */
  floe: Client;
  /** The same once, for a page that can do without. */
  read: Client;
  /** The products that open a resource, as they were at most half a minute ago. @throws {FloeError} */
  productsFor(resource: string): Promise<readonly Product[]>;
  /** For whom a session is; undefined when it is over. @throws {FloeError} */
  readSession(token: string): Promise<Session | undefined>;
}

/** As long as somebody waits for a page. After it the page says when to try again. */
const PATIENCE_SECONDS = 2;
const FRESH_MS = 30_000;
const MAX_KEPT = 200;

/** Opens the gateway for the pages of one gate. */
export function openShop(settings: GateSettings): Shop {
  const { gateway, key, fetch, timeoutMs } = settings;
  const open = (bearer: string, retries = 0) =>
    createClient({ gateway, key: bearer, fetch, timeoutMs, retries, longestWait: PATIENCE_SECONDS });
  const read = open(key);
  const kept = new Map<string, { at: number; products: readonly Product[] }>();
  return {
    floe: open(key, 1),
    read,
    async productsFor(resource) {
      const at = settings.now();
      const known = kept.get(resource);
      if (known && at - known.at < FRESH_MS) return known.products;
      // Nobody waits for a question of another request: in Workers it ends with that one, and is never answered (ADR 39).
      const { data: products } = await read('GET /v1/products', { query: { resource } });
      kept.delete(resource);
      const [oldest] = kept.keys();
      if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(resource, { at, products });
      return products;
    },
    async readSession(token) {
      try {
        return await open(token)('GET /v1/session');
      } catch (error) {
        if (error instanceof FloeError && error.code === 'unauthorized') return undefined;
        throw error;
      }
    },
  };
}

/** An error of the gateway's; anything else is a bug, and is thrown on. */
export function asFloeError(error: unknown): FloeError {
  if (error instanceof FloeError) return error;
  throw error;
}
