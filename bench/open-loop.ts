import { setTimeout } from 'node:timers/promises';
import { type Call, type Client, openClient, type Target } from './load.ts';

const CONNECTIONS = 16;

/**
 * Sends calls at fixed moments, `perSecond` of them, whether or not earlier ones have been answered: a slow target does
 * not slow down what it is asked. Gives the moment (`performance.now()`) that each was due, and waits for all answers.
 */
export async function sendSteadily(
  target: Target,
  calls: readonly Call[],
  perSecond: number,
): Promise<number[]> {
  const free = await Promise.all(Array.from({ length: CONNECTIONS }, () => openClient(target, 1)));
  const clients = [...free];
  const waiting: ((client: Client) => void)[] = [];
  const take = async () => free.pop() ?? new Promise<Client>((resolve) => waiting.push(resolve));
  const giveBack = (client: Client) => {
    const next = waiting.shift();
    if (next) next(client);
    else free.push(client);
  };
  const send = async (call: Call) => {
    const client = await take();
    await client.run([call]).finally(() => giveBack(client));
  };
  const startsAt = performance.now();
  const due = calls.map((_, i) => startsAt + (i * 1000) / perSecond);
  const sent: Promise<void>[] = [];
  try {
    for (const [i, call] of calls.entries()) {
      const wait = (due[i] ?? 0) - performance.now();
      if (wait > 0) await setTimeout(wait);
      sent.push(send(call));
    }
    await Promise.all(sent);
  } finally {
    for (const client of clients) client.close();
  }
  return due;
}
