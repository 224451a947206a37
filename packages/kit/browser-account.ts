import { forgetVerifier } from './browser-checkout.ts';
import { beginEra } from './browser-era.ts';
import type { BrowserSettings } from './browser-settings.ts';
import type { SessionStore } from './browser-store.ts';
import { type Answer, createClient } from './client.ts';
import { FloeError } from './problem.ts';

/** One thing that somebody has. */
interface OwnedProduct {
  id: string;
  name: string;
  /** ISO 8601; null when no end is known. */
  endsAt: string | null;
}

export type ListedSession = Answer<'GET /v1/sessions'>['data'][number];

export interface Account {
  /** The address that is proven, masked (`a…@readers.dev`); null for who has only come back from a purchase. */
  email: string | null;
  products: OwnedProduct[];
  sessions: ListedSession[];
}

/** As many as one question to the gateway may have. */
const MAX_PRODUCTS = 100;

/** Reads what this browser's sessions stand for. @throws {FloeError} when the gateway cannot say. */
export async function readAccount(settings: BrowserSettings, store: SessionStore): Promise<Account> {
  const { gateway, key, fetch } = settings;
  // Somebody is waiting, so a failure is reported soon.
  const limits = { retries: 1, timeoutMs: 5_000 };
  const { data: onSale } = await createClient({ gateway, key, fetch, ...limits })('GET /v1/products');
  const resources = onSale.slice(0, MAX_PRODUCTS).map(({ id }) => `product:${id}`);
  const owned = new Map<string, string | null>();
  const sessions = new Map<string, ListedSession>();
  for (const held of store.read()) {
    const floe = createClient({ gateway, key: held.session, fetch, ...limits });
    try {
      const [list, access] = await Promise.all([
        floe('GET /v1/sessions', { query: { limit: 50 } }),
        resources.length === 0 ? undefined : floe('POST /v1/access/batch', { body: { resources } }),
      ]);
      for (const each of list.data) sessions.set(each.id, each);
      for (const { resource, allow, expires_at: endsAt } of access?.results ?? []) {
        const known = owned.get(resource);
        // Something that two sessions give ends with the later one.
        if (allow && (known === undefined || (known !== null && (endsAt === null || endsAt > known))))
          owned.set(resource, endsAt);
      }
      if (access?.token) store.keepToken(held.session, access.token);
    } catch (error) {
      if (!(error instanceof FloeError) || error.code !== 'unauthorized') throw error;
      store.remove(held.session);
    }
  }
  const listed = [...sessions.values()];
  return {
    email: listed.find(({ current, email }) => current && email !== null)?.email ?? null,
    sessions: listed,
    products: onSale.flatMap(({ id, name }) => {
      const endsAt = owned.get(`product:${id}`);
      return endsAt === undefined ? [] : [{ id, name, endsAt }];
    }),
  };
}

/**
 * Signs out here, or everywhere. What is kept in this browser is deleted at once, whatever the gateway answers; the
 * verifier too, since the browser's history still has the addresses with codes that buyers came back to (ADR 41).
 * @returns whether the gateway has ended the sessions; else they end by themselves
 */
export async function signOut(
  settings: BrowserSettings,
  store: SessionStore,
  isEverywhere: boolean,
): Promise<boolean> {
  const held = store.read();
  // This must come first, since a return in another tab checks the era before it keeps a session.
  beginEra(settings);
  forgetVerifier(settings);
  store.remove();
  const ended = await Promise.all(
    held.map(async ({ session }) => {
      const floe = createClient({ gateway: settings.gateway, key: session, fetch: settings.fetch });
      try {
        await (isEverywhere ? floe('DELETE /v1/sessions') : floe('DELETE /v1/session'));
        return true;
      } catch (error) {
        return error instanceof FloeError && error.code === 'unauthorized';
      }
    }),
  );
  return ended.every(Boolean);
}
