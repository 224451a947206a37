/** What an invocation may have open at a time (Cloudflare: six connections waiting for headers). */
const CONNECTIONS = 6;

interface Receiver {
  appId: string;
  endpointId: string;
}

/** An invocation's connections to receivers, shared by everything it sends. */
export interface Connections {
  /**
   * Runs `send` when it is its turn, and calls `onHang` once if that takes longer than the invocation's patience. Rejects
   * as `send` does. Resolves to undefined when it was not begun, because receivers hang on all connections.
   */
  run<T>(receiver: Receiver, send: () => Promise<T>, onHang?: () => void): Promise<T | undefined>;
  /**
   * Called before looking up what to send. No send starts until everybody who called this has called the function that
   * it returns. Otherwise the receiver that is found first would get all connections, and may hang.
   */
  awaitMore(): () => void;
}

interface Waiting {
  receiver: Receiver;
  start: (isBegun: boolean) => void;
}

/**
 * Gives each connection to the app with the fewest, and in it to the endpoint with the fewest (ADR 22). A receiver that
 * hangs keeps its connection, and gets no second one while another waits. `patienceMs`: a send that takes longer hangs
 * (ADR 69); undefined: none does.
 */
export function createConnections({
  limit = CONNECTIONS,
  patienceMs,
}: { limit?: number; patienceMs?: number } = {}): Connections {
  const waiting: Waiting[] = [];
  const open = new Map<string, number>();
  let total = 0;
  let hanging = 0;
  let deciding = 0;
  const openOf = (name: string) => open.get(name) ?? 0;
  const count = ({ appId, endpointId }: Receiver, by: 1 | -1) => {
    total += by;
    for (const name of [appId, endpointId]) open.set(name, openOf(name) + by);
  };
  const isBefore = (a: Receiver, b: Receiver) =>
    openOf(a.appId) - openOf(b.appId) || openOf(a.endpointId) - openOf(b.endpointId);
  const takeNext = (): Waiting | undefined => {
    let next = 0;
    for (const [index, { receiver }] of waiting.entries()) {
      const best = waiting[next];
      if (best && isBefore(receiver, best.receiver) < 0) next = index;
    }
    return waiting.splice(next, 1)[0];
  };
  const startNext = () => {
    if (hanging >= limit) for (const { start } of waiting.splice(0)) start(false);
    const chosen = deciding === 0 && total < limit ? takeNext() : undefined;
    if (!chosen) return;
    count(chosen.receiver, 1);
    chosen.start(true);
    startNext();
  };
  /** Gives what is called when the send is over. */
  const watch = (onHang: () => void) => {
    let hangs = false;
    const timer =
      patienceMs === undefined
        ? undefined
        : setTimeout(() => {
            hangs = true;
            hanging += 1;
            onHang();
            startNext();
          }, patienceMs);
    return () => {
      clearTimeout(timer);
      if (hangs) hanging -= 1;
    };
  };
  return {
    awaitMore() {
      deciding += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        deciding -= 1;
        // Runs after the caller has added the sends that it found.
        setTimeout(startNext, 0);
      };
    },
    async run(receiver, send, onHang = () => undefined) {
      const isBegun = await new Promise<boolean>((resolve) => {
        waiting.push({ receiver, start: resolve });
        setTimeout(startNext, 0);
      });
      if (!isBegun) return undefined;
      const isOver = watch(onHang);
      try {
        return await send();
      } finally {
        isOver();
        count(receiver, -1);
        startNext();
      }
    },
  };
}
