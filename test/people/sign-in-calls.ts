import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import { createApp } from '../../src/app.ts';
import type { Bindings } from '../../src/base/config.ts';
import { customers } from '../../src/base/db/schema.rows.ts';
import { ORIGIN, type Shop, uuid } from '../access/access-rows.ts';
import { expectDescribed } from '../harness/described.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';

/* The gateway's front door with its mail caught at the binding, and a note of what D1 was asked for each answer. */

export interface Mailed {
  from: { name: string; email: string };
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** One call to D1 is one list of statements. */
type Trips = string[][];

/** A browser's cookies. */
export type Jar = Map<string, string>;

interface Session {
  session: string;
  expires_at: string;
  subject: Record<string, string | null>;
}

interface ListedSession extends Session {
  id: string;
  proof: string;
  email: string | null;
  browser: string | null;
  current: boolean;
}

/** What tests look for in an answer's JSON. What it really has they assert. */
interface AnswerBody extends ListedSession {
  code: string;
  request_id: string;
  errors: { path: string }[];
  attempt: string;
  browser_token: string;
  replaced: boolean;
  others: Session[];
  data: ListedSession[];
  next_cursor: string | null;
  allow: boolean;
  reason: string;
  url: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: AnswerBody;
  /** What D1 was asked for the answer and behind it, in order. */
  trips: Trips;
}

export interface Init {
  key?: string;
  body?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
  jar?: Jar;
  /** Called when the answer is there, while work behind it may go on. */
  onAnswer?: () => void;
}

export function openDesk(more: Partial<Bindings> = {}) {
  const mails: Mailed[] = [];
  const trouble = { mail: 0, until: Promise.resolve(), d1: Infinity };
  const reachDatabase = () => {
    if (trouble.d1 <= 0) throw new Error('D1_ERROR: is away');
    trouble.d1 -= 1;
  };
  let trips: Trips = [];
  const texts = new WeakMap<object, { text: string; real: D1PreparedStatement }>();
  const statement = (text: string, real: D1PreparedStatement): D1PreparedStatement => {
    const noted = new Proxy(real, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => statement(text, target.bind(...values));
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...input: unknown[]) => {
          trips.push([text]);
          reachDatabase();
          return Reflect.apply(value, target, input) as unknown;
        };
      },
    });
    texts.set(noted, { text, real });
    return noted;
  };
  const DB = new Proxy(env.DB, {
    get(target, name) {
      if (name === 'prepare') return (query: string) => statement(query, target.prepare(query));
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) => {
          trips.push(statements.map((one) => texts.get(one)?.text ?? '?'));
          reachDatabase();
          return target.batch(statements.map((one) => texts.get(one)?.real ?? one));
        };
      return Reflect.get(target, name) as unknown;
    },
  });
  const MAIL = {
    async send(mail: Mailed) {
      await trouble.until;
      if (trouble.mail > 0) {
        trouble.mail -= 1;
        const refusal = new Error(`the destination address ${mail.to} is suppressed`);
        throw Object.assign(refusal, { code: 'E_RECIPIENT_SUPPRESSED' });
      }
      mails.push(structuredClone(mail));
      return { messageId: 'x' };
    },
  };
  const bindings = { ...env, DB, MAIL, ...more } as unknown as Bindings;
  const app = createApp();

  async function send(method: string, path: string, init: Init = {}): Promise<Answer> {
    const body =
      init.form === undefined
        ? init.body === undefined
          ? undefined
          : JSON.stringify(init.body)
        : new URLSearchParams(init.form).toString();
    const cookies = [...(init.jar ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const request = new Request(GATEWAY_URL + path, {
      method,
      redirect: 'manual',
      headers: {
        'cf-connecting-ip': '203.0.113.7',
        ...(init.key === undefined ? {} : { authorization: `Bearer ${init.key}` }),
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(init.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(cookies === '' ? {} : { cookie: cookies }),
        ...init.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const context = createExecutionContext();
    trips = [];
    const response = await app.fetch(request, bindings, context);
    await expectDescribed(request, response);
    const text = await response.text();
    init.onAnswer?.();
    await waitOnExecutionContext(context);
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/max-age=0/i.test(cookie)) init.jar?.delete(name);
      else init.jar?.set(name, value);
    }
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : {}) as AnswerBody,
      trips,
    };
  }

  return {
    mails,
    /** `mail`: how many of the next sends fail; `until`: none is done before; `d1`: round trips until D1 is away. */
    trouble,
    send,
    /** Asks for a code as a browser does. */
    ask: (shop: Shop, email: string, more_: Record<string, unknown> = {}, headers = {}) =>
      send('POST', '/v1/sign-in', {
        key: shop.publishableKey,
        headers: { origin: ORIGIN, 'cf-connecting-ip': randomAddress(), ...headers },
        body: { email, ...more_ },
      }),
    verify: (shop: Shop, body: Record<string, unknown>, headers = {}) =>
      send('POST', '/v1/sign-in/verify', {
        key: shop.publishableKey,
        headers: { origin: ORIGIN, 'cf-connecting-ip': randomAddress(), ...headers },
        body,
      }),
  };
}
export type Desk = ReturnType<typeof openDesk>;

/** Visitors are counted by address; these tests are about something else. */
function randomAddress(): string {
  const part = () => Math.floor(Math.random() * 250) + 1;
  return `198.${part()}.${part()}.${part()}`;
}

/** The six digits in a mail. */
export function codeIn(mail: Mailed | undefined): string {
  const [, left = '', right = ''] = /\b(\d{3}) (\d{3})\b/.exec(mail?.text ?? '') ?? [];
  return left + right;
}

/** The link in a mail, taken apart. */
export function linkIn(mail: Mailed | undefined): { page: string; attempt: string; token: string } {
  const [, page = '', attempt = '', token = ''] =
    /^(https:\S+)#floe_sign_in=(sia_\w+)\.([\w-]+)$/m.exec(mail?.text ?? '') ?? [];
  return { page, attempt, token };
}

/** Another code than this one. */
export const wrongCode = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

let people = 0;
export const someone = () => `reader-${(people += 1)}-${uuid().slice(0, 6)}@readers.dev`;

/** Polar's customer, known to an app only once it has bought there. */
export async function seedCustomer(
  { app }: Shop,
  email: string | null,
  row: Partial<typeof customers.$inferInsert> = {},
): Promise<string> {
  const id = uuid();
  await drizzle(env.DB)
    .insert(customers)
    .values({
      mode: app.mode,
      id,
      email,
      name: 'Ada',
      version: Date.now() * 1000,
      seenVersion: Date.now() * 1000,
      digest: 0,
      ...row,
    });
  return id;
}
