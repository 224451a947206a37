const EVERY_MS = 500;

/** Shows what is going on: one line that is rewritten on a terminal, one line a phase elsewhere. */
export function startProgress(describe: () => string) {
  const startedAt = Date.now();
  const isTerminal = process.stdout.isTTY;
  let phase = '';
  const line = () =>
    `${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${phase.padEnd(30)}  ${describe()}`;
  const timer = isTerminal
    ? setInterval(() => process.stdout.write(`\r\u001b[2K${line()}`), EVERY_MS)
    : undefined;
  return {
    say(what: string): void {
      phase = what;
      if (!isTerminal) console.log(line());
    },
    stop(): void {
      clearInterval(timer);
      if (isTerminal) process.stdout.write('\r\u001b[2K');
    },
  };
}
