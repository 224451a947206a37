import { afterEach } from 'vitest';

const LEVELS = ['debug', 'log', 'info', 'warn', 'error'] as const;
type Show = (...values: unknown[]) => void;

declare global {
  /** Vitest's own console: files share an isolate, and each wraps it anew. */
  var vitestConsole: Record<(typeof LEVELS)[number], Show> | undefined;
}

/**
 * Keeps what is logged while a test runs, and shows it when the test has failed. Vitest's own `silent` does the same, but what
 * is logged by a request of the gateway cannot be sent to Vitest from there: it waits for the next message of the runner, and
 * when none follows the whole run waits for it, for ever (cloudflare/workers-sdk#15719).
 */
export function keepLogsOfPassed(): void {
  const { debug, log, info, warn, error } = console;
  const own = (globalThis.vitestConsole ??= { debug, log, info, warn, error });
  const logged: (() => void)[] = [];
  for (const level of LEVELS) {
    console[level] = (...values: unknown[]) => {
      logged.push(() => own[level](...values));
    };
  }
  afterEach(({ task }) => {
    const lines = logged.splice(0);
    if (task.result?.state === 'fail') for (const show of lines) show();
  });
}
