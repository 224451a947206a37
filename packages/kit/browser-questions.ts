import type { AccessState } from './browser-access.ts';
import type { BrowserSettings } from './browser-settings.ts';
import type { SessionStore } from './browser-store.ts';
import { isRecord, opens } from './claims.ts';
import { type Client, createClient } from './client.ts';
import { weighNo } from './noes.ts';
import { FloeError, readRetryAfter } from './problem.ts';

/** What the gateway says about one resource. */
interface Said {
  state: AccessState;
  /** Seconds. */
  retryAfter: number;
}

/** Asks the gateway. `maxAge`: how many seconds old a yes may be. `waitMs`: for others that ask about now too. */
export type Ask = (resource: string, maxAge: number, waitMs?: number) => Promise<Said>;

/** As many as one request may have. */
const MAX_RESOURCES = 100;
const RETRY_SECONDS = 2;

/**
 * Joins questions of the same moment: a page with thirty paywalls makes one request, and each resource is asked for
 * once.
 */
export function openQuestions(settings: BrowserSettings, store: SessionStore): Ask {
  const open = new Map<number, Map<string, OpenQuestion>>();

  const send = async (maxAge: number) => {
    const asked = open.get(maxAge) ?? new Map<string, OpenQuestion>();
    open.delete(maxAge);
    const resources = [...asked.keys()];
    for (let from = 0; from < resources.length; from += MAX_RESOURCES) {
      const some = resources.slice(from, from + MAX_RESOURCES);
      const said = await askAll(settings, store, some, maxAge);
      for (const resource of some) asked.get(resource)?.resolve(said.get(resource) ?? NOBODY);
    }
  };
  return (resource, maxAge, waitMs = 0) => {
    let asked = open.get(maxAge);
    if (!asked) {
      open.set(maxAge, (asked = new Map()));
      // A task, not a microtask: events reach listeners one by one.
      setTimeout(() => void send(maxAge), waitMs);
    }
    const question = asked.get(resource) ?? openQuestion();
    asked.set(resource, question);
    return question.promise;
  };
}

interface OpenQuestion {
  promise: Promise<Said>;
  resolve: (said: Said) => void;
}

function openQuestion(): OpenQuestion {
  let resolve: OpenQuestion['resolve'] = () => undefined;
  const promise = new Promise<Said>((settle) => (resolve = settle));
  return { promise, resolve };
}

const NOBODY: Said = { state: say('closed', 'no_session'), retryAfter: 0 };

/** Asks session by session, newest first, until one opens it. */
async function askAll(
  settings: BrowserSettings,
  store: SessionStore,
  resources: readonly string[],
  maxAge: number,
): Promise<Map<string, Said>> {
  const best = new Map<string, Said>();
  const over: string[] = [];
  for (const { session } of store.read()) {
    const open = resources.filter((resource) => best.get(resource)?.state.status !== 'open');
    if (open.length === 0) break;
    const answers = await askOne(settings, store, session, { resources: open, maxAge });
    if (!answers) over.push(session);
    for (const [resource, said] of answers ?? []) {
      const before = best.get(resource);
      if (!before || weight(said) > weight(before)) best.set(resource, said);
    }
  }
  // They are removed together, since each change makes every watch check again.
  if (over.length > 0) store.remove(...over);
  return best;
}

/** Of several sessions' answers, which one decides. */
function weight({ state }: Said): number {
  return state.status === 'open' ? Infinity : weighNo(state.reason);
}

interface Question {
  resources: readonly string[];
  maxAge: number;
}

/** What one session may use; undefined when it has ended. */
async function askOne(
  settings: BrowserSettings,
  store: SessionStore,
  session: string,
  question: Question,
): Promise<Map<string, Said> | undefined> {
  const { resources, maxAge } = question;
  let retryAfter = RETRY_SECONDS;
  const floe = createClient({
    gateway: settings.gateway,
    key: session,
    // It is asked again by whoever watches.
    retries: 0,
    async fetch(url, init) {
      const response = await settings.fetch(url, init);
      retryAfter = readRetryAfter(response.headers) ?? RETRY_SECONDS;
      return response.status === 503 ? await readPartly(response) : response;
    },
  });
  const sayAll = (state: (resource: string) => AccessState): Map<string, Said> =>
    new Map(resources.map((resource) => [resource, { state: state(resource), retryAfter }]));
  try {
    const { results, token } = await putQuestion(floe, question);
    const claims = token === null ? undefined : store.readToken(token);
    const kept = token !== null && claims ? store.keepToken(session, token) : null;
    // The answer is older than the token this browser has, so the database is asked.
    if (kept !== null && kept !== token && maxAge > 0)
      return await askOne(settings, store, session, { resources, maxAge: 0 });
    const answers = new Map(results.map((result) => [result.resource, result]));
    const said = sayAll((resource) => {
      const answer = answers.get(resource);
      if (!answer || answer.reason === 'unavailable') return spare(resource);
      // A yes counts only with its token, which says for which app it is.
      if (answer.allow)
        return kept === null || token === null
          ? say('unavailable', 'unavailable')
          : openWith(doesOpen(kept, resource) ? kept : token);
      // It says yes to what the gateway has just said no to.
      const held = store.read().find((each) => each.session === session)?.token;
      if (held && doesOpen(held, resource)) store.forgetToken(session);
      return say(answer.reason === 'pending_payment' ? 'pending' : 'closed', answer.reason);
    });
    // No token is long enough for all these yeses (docs/access.md): one that carries fewer is.
    const allowed = token === null ? resources.filter((name) => answers.get(name)?.allow) : [];
    return resources.length === 1 || allowed.length === 0 ? said : await askHalves(allowed, said);
  } catch (error) {
    // Only the gateway's own problem ends a session, not an answer of a proxy or firewall in between.
    const code = error instanceof FloeError ? error.code : '';
    if (code === 'unauthorized') return undefined;
    if (code !== 'validation_failed') return sayAll(spare);
    // The resource's name is wrong, so asking again does not help. It must not spoil the other questions.
    if (resources.length === 1) return sayAll(() => say('closed', 'unknown_resource'));
    return askHalves(resources, new Map());
  }

  /**
   * Asks about the resources in two halves and joins the answers. A session that has ended meanwhile is not asked
   * again.
   */
  async function askHalves(
    some: readonly string[],
    said: Map<string, Said>,
  ): Promise<typeof said | undefined> {
    const middle = Math.ceil(some.length / 2);
    for (const half of [some.slice(0, middle), some.slice(middle)]) {
      if (half.length === 0) continue;
      const answers = await askOne(settings, store, session, { resources: half, maxAge });
      if (!answers) return undefined;
      for (const [resource, one] of answers) said.set(resource, one);
    }
    return said;
  }

  /**
   * While the gateway is away, a held token that has not expired still opens, unless every check is to be fresh
   * (`maxAge` 0).
   */
  function spare(resource: string): AccessState {
    const token = maxAge > 0 ? store.findToken(resource, Infinity) : undefined;
    return token === undefined ? say('unavailable', 'unavailable') : openWith(token);
  }
  function doesOpen(token: string, resource: string): boolean {
    const claims = store.readToken(token);
    return claims !== undefined && opens(claims, resource, settings.now());
  }
}

interface Answers {
  results: readonly { resource: string; allow: boolean; reason: string }[];
  token: string | null;
}

async function putQuestion(floe: Client, { resources, maxAge: seconds }: Question): Promise<Answers> {
  const maxAge = Math.floor(seconds);
  const [resource = ''] = resources;
  if (resources.length > 1)
    return floe('POST /v1/access/batch', { body: { resources: [...resources], max_age: maxAge } });
  const answer = await floe('GET /v1/access', { query: { resource, max_age: maxAge } });
  return { results: [{ ...answer, resource }], token: answer.token };
}

/** An answer in part: what a cache allows is said although the database could not be asked for the rest. */
async function readPartly(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, headers } = response;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const isPart = isRecord(body) && Array.isArray(body['results']);
  return new Response(text, { status: isPart ? 200 : status, headers });
}

export function openWith(token: string): AccessState {
  return { status: 'open', reason: 'granted', token };
}

export function say(status: AccessState['status'], reason: string): AccessState {
  return { status, reason, token: null };
}
