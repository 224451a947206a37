import { type Chains, textIn, childOf, type Named } from './chains.ts';
import type { NewHappening } from './happenings.ts';
import type { Masker } from './mask.rules.ts';
import { describeAccess } from './read-reports.ts';
import type { ToldEvent } from './told.ts';
import { UNWATCHED_HEADER } from './watch-worker.ts';

/*
 * After an event that opens or closes something, the gateway is asked what a site would ask: may this customer use this product? So the
 * timeline says when access has opened, also when nobody reads anything yet.
 */

const OPENS =
  /^(?:payment\.succeeded|grant\.(?:created|renewed)|subscription\.(?:active|renewed|resumed|uncanceled))$/;
const CLOSES = /^(?:grant\.revoked|subscription\.(?:revoked|paused))$/;
/** Whether it closes depends on what else the customer has, and on the app's grace. */
const MAY_CLOSE = /^(?:refund\.succeeded|subscription\.past_due|dispute\..*)$/;
/** Several events come together. */
const GATHER_MS = 60;
/** A cache may still give the former answer for a moment. */
const AGAIN_MS = [100, 200, 400, 800, 1_600, 3_000];
const TIMEOUT_MS = 5_000;
const MAX_CHAINS = 200;

interface Options {
  gatewayUrl: string;
  /** An app's secret key. */
  keyOf: (app: string) => string | undefined;
  chains: Chains;
  masker: Masker;
  add: (happening: NewHappening) => void;
}

export interface AskAccess {
  onEvent(event: ToldEvent): void;
  close(): void;
}

interface Question {
  app: string;
  customer: string;
  product: string;
  name: string;
}

export function createAskAccess(options: Options): AskAccess {
  const questions = new Map<string, Question>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const said = new Map<string, string>();
  let isClosed = false;

  const ask = async (chain: string, wanted: boolean | undefined, tries: number): Promise<void> => {
    const question = questions.get(chain);
    if (!question || isClosed) return;
    const happening = await askGateway(options, question, chain);
    if (!happening) return;
    const wait = wanted === undefined || happening.ok === wanted ? undefined : AGAIN_MS[tries];
    if (wait === undefined || happening.result !== said.get(chain)) options.add(happening);
    said.set(chain, happening.result);
    if (wait !== undefined) later(chain, wanted, wait, tries + 1);
  };
  const later = (chain: string, wanted: boolean | undefined, wait: number, tries: number) => {
    clearTimeout(timers.get(chain));
    if (isClosed) return;
    timers.set(
      chain,
      setTimeout(() => {
        timers.delete(chain);
        void ask(chain, wanted, tries);
      }, wait),
    );
  };
  return {
    onEvent({ app, type, chain, payment }) {
      if (chain === null) return;
      learn(questions, chain, app, payment);
      const opens = OPENS.test(type);
      if (opens || CLOSES.test(type)) later(chain, opens, GATHER_MS, 0);
      else if (MAY_CLOSE.test(type)) later(chain, undefined, GATHER_MS, 0);
    },
    close() {
      isClosed = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

function learn(questions: Map<string, Question>, chain: string, app: string, payment: Named): void {
  const product = childOf(payment, 'product');
  const [id, customer] = [textIn(product, 'id'), textIn(childOf(payment, 'customer'), 'id')];
  if (id === undefined || customer === undefined) return;
  questions.set(chain, { app, customer, product: id, name: textIn(product, 'name') ?? id });
  const [oldest] = questions.keys();
  if (questions.size > MAX_CHAINS && oldest !== undefined) questions.delete(oldest);
}

async function askGateway(
  { gatewayUrl, keyOf, chains, masker }: Options,
  { app, customer, product, name }: Question,
  chain: string,
): Promise<NewHappening | undefined> {
  const key = keyOf(app);
  if (key === undefined) return undefined;
  const query = new URLSearchParams({ resource: `product:${product}`, customer });
  const at = Date.now();
  try {
    const response = await fetch(`${gatewayUrl}/v1/access?${query}`, {
      headers: { authorization: `Bearer ${key}`, [UNWATCHED_HEADER]: '1' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer: Named = { ...Object(await response.json()) };
    const result = describeAccess(answer);
    if (result === undefined) return undefined;
    return {
      at,
      kind: 'access',
      what: name,
      whom: chains.find(chain)?.email ?? customer,
      result,
      ok: answer['allow'] === true,
      duration_ms: Date.now() - at,
      payload: {
        asked_by: 'the live page, after the event',
        request: { method: 'GET', url: `/v1/access?${query}` },
        response: { status: response.status, body: masker.value(answer) },
      },
      chain,
    };
  } catch {
    // The gateway is stopping, or busy. Whoever asks next is told.
    return undefined;
  }
}
