import { describeCause, FloeError } from './problem.ts';

/** The same line is written at most once in this time, so that an outage does not fill the log. */
const QUIET_MS = 60_000;
const MAX_REMEMBERED = 100;
const MAX_CHARS = 600;
/** Of what the gateway says, so that there is room for what mends it. */
const MAX_SAID_CHARS = 300;
/** How the gate's own errors begin. */
const OURS = /^floe: /;

interface Known {
  gateway: string;
  key: string;
  now: () => number;
}

/** The default of `onError`: one line on the console for each cause, `floe: …`, without the key. */
export function tellConsole({ gateway, key, now }: Known): (error: unknown) => void {
  const said = new Map<string, number>();
  return (error) => {
    const line = toLine(describe(error, gateway).replaceAll(key, '(the key)'));
    const at = now();
    const before = said.get(line);
    if (before !== undefined && at - before < QUIET_MS) return;
    said.delete(line);
    const [oldest] = said.keys();
    if (said.size >= MAX_REMEMBERED && oldest !== undefined) said.delete(oldest);
    said.set(line, at);
    console.error(line);
  };
}

function describe(error: unknown, gateway: string): string {
  if (!(error instanceof FloeError))
    return error instanceof Error ? error.message || error.name : String(error);
  const { status, code } = error;
  const message = describeCause(error).replace(OURS, '').slice(0, MAX_SAID_CHARS);
  if (status === 0)
    return `the gateway ${gateway} ${code === 'timeout' ? 'did not answer in time' : 'cannot be reached'}. Does it run, and is FLOE_GATEWAY its address?`;
  if (status === 401 && code === 'unauthorized')
    return `the gateway ${gateway} refuses the key in FLOE_SECRET_KEY: ${message} Beside npm start, this writes the present one, in Floe’s folder: npm run --silent site:env > ../my-site/.env`;
  const answered = OURS.test(error.message) ? '' : ` answered ${status} (${code})`;
  return `the gateway ${gateway}${answered}: ${message}`;
}

/** What others have written may have line breaks and control characters, which a terminal obeys. */
function toLine(text: string): string {
  const plain = text.replace(OURS, '').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return `floe: ${plain.slice(0, MAX_CHARS)}`;
}
