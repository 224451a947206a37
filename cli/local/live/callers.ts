import { createHash } from 'node:crypto';

/* Who a request comes from, by its key or session. Only hashes of sessions are remembered. */

/** What is known of whoever has a token. */
interface Caller {
  /** An app's slug, `operator`, or a buyer's address. */
  name: string | null;
  chain: string | null;
}

export interface Callers {
  /** Remembers a key or a session. */
  know(token: string, caller: Caller): void;
  /** Of an `Authorization` header. */
  find(authorization: string | null): Caller | undefined;
}

const MAX_CALLERS = 2_000;

export function createCallers(): Callers {
  const known = new Map<string, Caller>();
  return {
    know(token, caller) {
      const key = hash(token);
      known.delete(key);
      known.set(key, caller);
      const [oldest] = known.keys();
      if (known.size > MAX_CALLERS && oldest !== undefined) known.delete(oldest);
    },
    find(authorization) {
      const token = /^Bearer (\S{8,200})$/.exec(authorization ?? '')?.[1];
      return token === undefined ? undefined : known.get(hash(token));
    },
  };
}

const hash = (token: string): string => createHash('sha256').update(token).digest('base64url');
