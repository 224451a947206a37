import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { createRandom } from '../../packages/polar-simulator/random.ts';
import type { AppName } from './catalogue.ts';
import { MAIL_DOMAIN } from './plan.ts';

/*
 * The shops’ side: endpoints that behave, and endpoints that do not, a chat, and a Worker that is bound to the gateway. All of them write
 * down what arrived. There is no queue among them: the local one forgets what it has taken when the gateway is killed, as Cloudflare's does not.
 */

type Behaviour =
  | 'healthy'
  | 'fails'
  | 'hangs'
  | 'resets'
  | 'answers_429'
  | 'answers_503'
  | 'gone'
  | 'flaky'
  /** Asked for its events in the order of each payment, and refuses some. */
  | 'ordered'
  /** Is written to as Slack is. */
  | 'chat'
  /** Has no address: the gateway calls it by its binding. */
  | 'worker';

/** They take all that they are sent, so in the end nothing may be missing there. */
const STEADY: ReadonlySet<Behaviour> = new Set(['healthy', 'chat', 'worker']);

export const isSteady = ({ behaviour }: Pick<Receiver, 'behaviour'>): boolean => STEADY.has(behaviour);

/** One webhook that arrived whole, whatever was answered. */
interface Arrival {
  webhookId: string;
  /** SHA-256 of the body’s bytes. */
  digest: string;
  type: string;
  app: string;
  /** It is signed, and in a chat it names its event and no buyer. */
  isValid: boolean;
  /** The receiver took it: 2xx. */
  isAccepted: boolean;
}

export interface Receiver {
  app: AppName;
  behaviour: Behaviour;
  path: string;
  /** Its filter. */
  wants: readonly string[];
  /** The endpoint’s id and secret, once it is registered. */
  endpoint: { id: string; secret: string };
  arrivals: Arrival[];
}

export interface Receivers {
  url: string;
  all: Receiver[];
  /** From now on all of them take everything. */
  heal(): void;
  close(): Promise<void>;
}

/** The receivers of each app. Those that misbehave ask for few events, so that they do not dominate the run. */
const LISTENERS: readonly (readonly [AppName, Behaviour])[] = [
  ['quay', 'healthy'],
  ['quay', 'fails'],
  ['quay', 'hangs'],
  ['quay', 'answers_429'],
  ['quay', 'flaky'],
  ['quay', 'chat'],
  ['atlas', 'healthy'],
  ['atlas', 'resets'],
  ['atlas', 'answers_503'],
  ['atlas', 'gone'],
  ['atlas', 'flaky'],
  ['atlas', 'ordered'],
  ['atlas', 'worker'],
];

const EVERYTHING = ['*'];
const MONEY = ['payment.succeeded'];

/** Those that never answer hold a place in the queue for 15 s each time: they want the rarest. */
const WANTED: Record<Behaviour, readonly string[]> = {
  healthy: EVERYTHING,
  flaky: ['payment.succeeded', 'subscription.*'],
  fails: MONEY,
  resets: MONEY,
  answers_429: MONEY,
  answers_503: MONEY,
  gone: MONEY,
  hangs: ['refund.succeeded'],
  ordered: ['payment.*', 'refund.*'],
  chat: ['payment.succeeded', 'refund.*'],
  worker: ['payment.succeeded', 'subscription.*'],
};

/** What a flaky receiver does: refuses, or takes the event and loses the connection before it can say so. */
const FLAKY_REFUSES = 0.2;
const FLAKY_FORGETS = 0.1;
const ORDERED_REFUSES = 0.05;

/** Starts listening on this machine, on a free port. `seed` decides what flaky receivers do. */
export async function startReceivers(seed: number): Promise<Receivers> {
  const dice = createRandom(seed);
  let isHealed = false;
  const all = LISTENERS.map(([app, behaviour]): Receiver => ({
    app,
    behaviour,
    path: `/${app}/${behaviour}`,
    wants: WANTED[behaviour],
    endpoint: { id: '', secret: '' },
    arrivals: [],
  }));
  const hanging = new Set<ServerResponse>();

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receiver = all.find(({ path }) => path === request.url);
    const body = await readBody(request);
    if (!receiver) return void response.writeHead(404).end();
    const arrival = readArrival(receiver, request, body);
    receiver.arrivals.push(arrival);
    const accept = () => {
      arrival.isAccepted = true;
      response.writeHead(204).end();
    };
    switch (isHealed ? 'healthy' : receiver.behaviour) {
      case 'healthy':
      case 'chat':
      case 'worker':
        return accept();
      case 'fails':
        return void response.writeHead(500).end('broken');
      case 'hangs':
        hanging.add(response);
        response.once('close', () => hanging.delete(response));
        return;
      case 'resets':
        return void request.socket.resetAndDestroy();
      case 'answers_429':
        return void response.writeHead(429, { 'retry-after': '5' }).end();
      case 'answers_503':
        return void response.writeHead(503, { 'retry-after': '10' }).end();
      case 'gone':
        return void response.writeHead(410).end();
      case 'ordered':
        return dice.next() < ORDERED_REFUSES ? void response.writeHead(502).end() : accept();
      case 'flaky': {
        const throws = dice.next();
        if (throws < FLAKY_REFUSES) return void response.writeHead(502).end();
        if (throws >= FLAKY_REFUSES + FLAKY_FORGETS) return accept();
        arrival.isAccepted = true;
        return void request.socket.resetAndDestroy();
      }
    }
  }

  const server = createServer((request, response) => {
    // The sender was killed in the middle of a body, which does not count as arrived.
    receive(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    all,
    heal() {
      isHealed = true;
      for (const response of hanging) response.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function readArrival({ endpoint, behaviour }: Receiver, request: IncomingMessage, body: string): Arrival {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const webhookId = headers['webhook-id'] ?? '';
  const isChat = behaviour === 'chat';
  return {
    webhookId,
    digest: digestOf(body),
    type: /^\{"type":"([^"]+)"/.exec(body)?.[1] ?? '',
    app: (isChat ? /"App: ([^"]+)"/ : /"app":"([^"]+)"/).exec(body)?.[1] ?? '',
    isValid: isSigned(endpoint.secret, body, headers) && (!isChat || isChatAbout(webhookId, body)),
    isAccepted: false,
  };
}

/** Nobody can take a buyer's address out of a chat again. */
function isChatAbout(eventId: string, body: string): boolean {
  return body.startsWith('{"text":') && body.includes(`"text":"${eventId}"`) && !body.includes(MAIL_DOMAIN);
}

function isSigned(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

/** How bodies are compared. */
export function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url');
}
