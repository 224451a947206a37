/** The signals that ask a program to end. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * One Ctrl-C may arrive twice, from the terminal and from npm. Later ones are pressed by somebody who does not want to
 * wait.
 */
const SAME_KEYSTROKE_MS = 1_000;
const PARENT_CHECK_MS = 500;

/**
 * Calls `stop` once when a signal comes, or when npm, which started us, is gone; then ends with 0. Another Ctrl-C ends at
 * once. Says whether it is stopping.
 */
export function stopOnSignals(stop: () => Promise<void>): { readonly isStopping: boolean } {
  const state = { isStopping: false };
  let since = 0;
  const begin = () => {
    if (state.isStopping) return;
    state.isStopping = true;
    since = Date.now();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (state.isStopping && signal === 'SIGINT' && Date.now() - since > SAME_KEYSTROKE_MS)
        process.exit(130);
      begin();
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) onOrphaned(begin);
  return state;
}

/**
 * npm passes a signal on to the shell in between, which ends without passing it on. Only the new parent process shows
 * it.
 */
function onOrphaned(act: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, PARENT_CHECK_MS);
  timer.unref();
}
