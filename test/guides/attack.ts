import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { callJson, listField, textField } from '../../cli/local/http.ts';

/* What a receiver has to withstand. Each is one check of a receiver that runs, and has acted on one real sale. */

export interface Receiver {
  port: string;
  /** Its endpoint's secret, `whsec_…`. */
  secret: string;
  gateway: { url: string; key: string };
  /** What it has printed. */
  said: () => string;
}

interface Message {
  id: string;
  body: string;
  /** Milliseconds. */
  at: number;
  signatures: string;
}

const MINUTE_MS = 60_000;
const STRANGERS_SECRET = `whsec_${Buffer.from('a stranger’s own key, 24+').toString('base64')}`;
let count = 0;

/** An event of a payment of its own, signed by the endpoint’s secret unless said otherwise. */
function message(secret: string, { at = Date.now(), name = 'Grüße' } = {}): Message & { paid: RegExp } {
  const payment = `pay_attack${String(++count).padStart(20, '0')}`;
  const id = `evt_attack${String(count).padStart(20, '0')}`;
  const body = JSON.stringify({
    type: 'payment.succeeded',
    timestamp: new Date(at).toISOString(),
    data: { id, payment: { id: payment, amount: 900, metadata: { name } } },
  });
  const signatures = new Webhook(secret).sign(id, new Date(at), body);
  return { id, body, at, signatures, paid: new RegExp(`paid: ${payment}`, 'g') };
}

async function post({ port }: Receiver, headers: Record<string, string>, body: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/hooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(15_000),
  });
  await response.arrayBuffer();
  return response.status;
}

const send = (receiver: Receiver, { id, body, at, signatures }: Message) =>
  post(receiver, headersOf({ id, at, signatures }), body);

const headersOf = ({ id, at, signatures }: Omit<Message, 'body'>) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at / 1000)),
  'webhook-signature': signatures,
});

async function refuses(receiver: Receiver, sent: Promise<number>, { paid }: { paid: RegExp }): Promise<void> {
  const status = await sent;
  if (status !== 401) throw new Error(`It answered ${status}, not 401.`);
  await actsTimes(receiver, paid, 0);
}

/** Waits until it has acted that often, and a moment more for one too many. */
async function actsTimes({ said }: Receiver, paid: RegExp, times: number): Promise<void> {
  const acted = () => said().match(paid)?.length ?? 0;
  for (let tries = 0; acted() < times && tries < 100; tries++) await sleep(100);
  await sleep(200);
  if (acted() !== times) throw new Error(`It has acted ${acted()} times, not ${times}.`);
}

const takes = async (receiver: Receiver, sent: Message) => {
  const status = await send(receiver, sent);
  if (status !== 204) throw new Error(`It answered ${status}, not 204.`);
};

/** By what somebody reads who watches the checks. */
export const ATTACKS: Record<string, (receiver: Receiver) => Promise<void>> = {
  async 'takes what Floe would sign, and acts'(receiver) {
    const sent = message(receiver.secret);
    await takes(receiver, sent);
    await actsTimes(receiver, sent.paid, 1);
  },
  async 'refuses an event that somebody else has signed'(receiver) {
    const sent = message(STRANGERS_SECRET);
    await refuses(receiver, send(receiver, sent), sent);
  },
  async 'refuses an event of which a letter was changed'(receiver) {
    const sent = message(receiver.secret);
    await refuses(receiver, send(receiver, { ...sent, body: sent.body.replace('900', '901') }), sent);
  },
  async 'refuses an event under another id'(receiver) {
    const sent = message(receiver.secret);
    await refuses(receiver, send(receiver, { ...sent, id: `${sent.id}0` }), sent);
  },
  async 'refuses an event of ten minutes ago, and one of the future'(receiver) {
    for (const minutes of [-10, 10]) {
      const sent = message(receiver.secret, { at: Date.now() + minutes * MINUTE_MS });
      await refuses(receiver, send(receiver, sent), sent);
    }
  },
  async 'refuses signatures and times that are none, and does not fail'(receiver) {
    const sent = message(receiver.secret);
    const good = headersOf(sent);
    for (const wrong of [
      { 'webhook-signature': 'v1' },
      { 'webhook-signature': 'v1,' },
      { 'webhook-signature': 'v1,%%%' },
      { 'webhook-signature': 'v2,AAAA' },
      { 'webhook-signature': ', ,,' },
      { 'webhook-timestamp': 'soon' },
      { 'webhook-timestamp': '9'.repeat(30) },
      { 'webhook-timestamp': '-1' },
      { 'webhook-id': 'caf\u00e9' },
    ])
      await refuses(receiver, post(receiver, { ...good, ...wrong }, sent.body), sent);
    for (const name of Object.keys(good)) {
      const { [name as keyof typeof good]: _, ...others } = good;
      await refuses(receiver, post(receiver, others, sent.body), sent);
    }
    await refuses(receiver, post(receiver, good, 'not JSON'), sent);
  },
  async 'refuses what is far too large'(receiver) {
    const sent = message(receiver.secret, { name: 'x'.repeat(3_000_000) });
    // Some close the connection in the middle of it.
    const status = await send(receiver, sent).catch(() => 413);
    if (status !== 413) throw new Error(`It answered ${status}, not 413.`);
    await actsTimes(receiver, sent.paid, 0);
  },
  async 'takes an event with the signatures of two secrets, as while one is replaced'(receiver) {
    const sent = message(receiver.secret);
    const [other] = [message(STRANGERS_SECRET)];
    await takes(receiver, { ...sent, signatures: `${other?.signatures} ${sent.signatures}` });
    await actsTimes(receiver, sent.paid, 1);
  },
  async 'acts once on an event that comes twice at once, and again'(receiver) {
    const sent = message(receiver.secret);
    await Promise.all([takes(receiver, sent), takes(receiver, sent)]);
    await takes(receiver, sent);
    await actsTimes(receiver, sent.paid, 1);
  },
  'acts once on a real event that the gateway is asked to send again': replayRealEvent,
};

async function replayRealEvent(receiver: Receiver): Promise<void> {
  const { url, key } = receiver.gateway;
  const [, payment = ''] = /paid: (pay_(?!attack)\w{26})/.exec(receiver.said()) ?? [];
  const events = listField(await callJson('GET', `${url}/v1/events?payment=${payment}`, key), 'data');
  const event = events.find((each) => each['type'] === 'payment.succeeded');
  if (!event) throw new Error(`The gateway knows no event of ${payment}.`);
  const id = textField(event, 'id');
  await callJson('POST', `${url}/v1/events/${id}/replay`, key, {});
  const isAgain = async () => {
    const all = listField(await callJson('GET', `${url}/v1/deliveries?event=${id}`, key), 'data');
    return all.every((each) => Number(each['replays']) > 0 && each['status'] === 'succeeded');
  };
  for (let tries = 0; !(await isAgain()); tries++) {
    if (tries > 300) throw new Error('The event did not arrive again.');
    await sleep(100);
  }
  await actsTimes(receiver, new RegExp(`paid: ${payment}`, 'g'), 1);
}
