/** What a simulator is given and what it can do. Imports nothing, so that these are the types of the package as they stand. */

export interface SimulatorOptions {
  /** Where the API and the hosted pages are reachable, no trailing slash. */
  publicUrl: string;
  /** Used for webhook sends only. Redirects are never followed. */
  fetch: (request: Request) => Promise<Response>;
  /** Base clock in ms; the simulator adds its own movable offset. Default Date.now. */
  now?: () => number;
  /** Seed for ids, keys, jitter. Default 1. Same seed + same calls = same run. */
  seed?: number;
  /** 'timers' (server): background jobs run by themselves in real time. 'manual' (tests): only settle() and advance() run them. */
  jobs: 'timers' | 'manual';
  /** Delay before benefit grants run, ms. Default 0 in manual, 400 in timers. */
  grantDelayMs?: number;
  /** Called after any state change (the server persists, debounced). */
  onChange?: () => void;
}

export interface Simulator {
  /** The whole HTTP surface. */
  fetch(request: Request): Promise<Response>;
  /** The simulated time, ms. */
  now(): number;
  /** Runs background jobs that are due now (grants, webhook sends, debounced state) until nothing is due. */
  settle(): Promise<void>;
  /** Moves the clock by ms, running everything that becomes due in time order on the way, then settles. */
  advance(ms: number): Promise<void>;
  /** Somebody to begin with: the first organization there is, or a new one that sells two products. */
  readySeller(): Promise<Seller>;
  /** A new organization with a token; seeds nothing else. */
  createOrganization(input: { slug: string; name?: string; environment?: 'production' | 'sandbox' }): {
    id: string;
    slug: string;
    accessToken: string;
  };
  /** JSON-serializable whole state. */
  snapshot(): unknown;
  restore(state: unknown): void;
  /** Every webhook event created, oldest first: for tests that permute, duplicate and drop them by hand. */
  events(
    organizationId: string,
  ): { id: string; endpointId: string; type: string; timestamp: string; body: string }[];
  /** Signs a body exactly as the endpoint would now: headers for a hand-made delivery. */
  sign(endpointId: string, webhookId: string, body: string, at?: number): Promise<Record<string, string>>;
  /** The buyer's bank disputes the payment of an order; the dispute's id. */
  openDispute(orderId: string): string;
  resolveDispute(disputeId: string, outcome: 'won' | 'lost'): void;
  /** An early warning: the order is refunded before it is disputed. */
  preventDispute(orderId: string): void;
  /** Waits for sends under way and stops the timers; nothing runs by itself afterwards. */
  stop(): Promise<void>;
}

/** An organization that sells something, and its token. */
export interface Seller {
  name: string;
  slug: string;
  accessToken: string;
}
