import type { Bindings } from './config.ts';
import { log } from './log.ts';
import type { WorkMessage } from './messages.ts';

export type Lane = 'main' | 'slow';

export interface WakeUp {
  message: WorkMessage;
  delaySeconds: number;
}

/** What one `sendBatch` takes: a hundred messages, and 256 KB. */
const MAX_MESSAGES_PER_SEND = 100;
const MAX_CHARS_PER_SEND = 60_000;
/**
 * Cloudflare cuts off what goes on behind an answer after 30 s. A queue can hang for longer than that: giving up before
 * leaves the line in the log that says so.
 */
const GIVE_UP_AFTER_MS = 20_000;

/**
 * Sends wake-ups behind whatever is going on: nobody waits for the queue, and nobody fails because of it. What they wake is
 * committed by then, so the sweep finds it when they are lost.
 */
export function sendBehind(
  env: Pick<Bindings, 'WORK' | 'WORK_SLOW'>,
  context: Pick<ExecutionContext, 'waitUntil'>,
  wakeUps: readonly WakeUp[],
  lane: Lane,
): void {
  if (wakeUps.length === 0) return;
  context.waitUntil(
    sendNow(env, wakeUps, lane).catch((error: unknown) =>
      log('warn', 'wake-ups lost, the sweep will find their rows', { lane, count: wakeUps.length, error }),
    ),
  );
}

/** Resolves when the queue has taken all of it. @throws what the queue throws, or that it took nothing in time. */
export async function sendNow(
  env: Pick<Bindings, 'WORK' | 'WORK_SLOW'>,
  wakeUps: readonly WakeUp[],
  lane: Lane,
): Promise<void> {
  await withinBound(send(lane === 'main' ? env.WORK : env.WORK_SLOW, wakeUps));
}

async function send(queue: Queue<WorkMessage>, wakeUps: readonly WakeUp[]): Promise<void> {
  for (const part of split(wakeUps)) {
    await queue.sendBatch(
      part.map(({ message, delaySeconds }) => ({
        body: message,
        ...(delaySeconds > 0 ? { delaySeconds } : {}),
      })),
    );
  }
}

/** Parts that one `sendBatch` takes: a character is at most four bytes. */
function split(wakeUps: readonly WakeUp[]): WakeUp[][] {
  const parts: WakeUp[][] = [];
  let part: WakeUp[] = [];
  let chars = 0;
  for (const wakeUp of wakeUps) {
    const size = JSON.stringify(wakeUp.message).length;
    if (part.length === MAX_MESSAGES_PER_SEND || chars + size > MAX_CHARS_PER_SEND || part.length === 0) {
      part = [];
      parts.push(part);
      chars = 0;
    }
    part.push(wakeUp);
    chars += size;
  }
  return parts;
}

async function withinBound(sending: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(new Error(`The queue took nothing within ${GIVE_UP_AFTER_MS} ms.`));
    timer = setTimeout(giveUp, GIVE_UP_AFTER_MS);
  });
  // Whichever comes second may still fail, with nobody listening.
  sending.catch(() => {});
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
  }
}
