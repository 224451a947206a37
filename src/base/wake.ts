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
 * Cloudflare ends work behind an answer after 30 s, and a queue can hang for longer. Giving up before that leaves time
 * to log it.
 */
const GIVE_UP_AFTER_MS = 20_000;

/**
 * Sends wake-ups in the background: nothing waits for the queue or fails because of it (ADR 54). The rows that they are
 * about must be committed, so that the sweep finds them when the messages are lost.
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

/** Resolves when the queue has taken all messages. @throws what the queue throws, or when it takes too long. */
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
  // The send may still reject after the time is up, and must not be an unhandled rejection.
  sending.catch(() => {});
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
  }
}
