import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Request, Response } from 'miniflare';

/*
 * Stands before the gateway on this machine, in the same runtime: it passes each request on as it is, and tells Node
 * what was asked and answered, behind the answer. A deployed gateway has nothing of this.
 */

const WATCH_WORKER = 'watch';
/** A request that carries it is not told of: the live page's own questions. */
export const UNWATCHED_HEADER = 'x-floe-unwatched';

/** A request and its answer, as the worker saw them. */
export interface Report {
  /** When it came, milliseconds since 1970. */
  at: number;
  ms: number;
  method: string;
  url: string;
  authorization: string | null;
  status: number;
  location: string | null;
  /** The first part of what was sent and answered, where it is JSON. */
  asked: string | null;
  answered: string | null;
}

export interface Watch {
  /** Takes what was seen. `lost`: how many reports were dropped because there were too many. */
  hear: (reports: Report[], lost: number) => void;
  /** Answers what is at /live. */
  serve: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
}

const MAX_BODY_BYTES = 48 * 1024;
const MAX_WAITING = 1_000;
const MAX_REPORTS_AT_ONCE = 100;
/** Reports of busy times go together: one message for each would take as long as the request itself. */
const GATHER_MS = 25;
/** Whoever sends reports has died when it takes longer. */
const SENDING_MS = 5_000;

/*
 * Miniflare takes the address of a request from its header MF-Original-URL, so whoever asks can write any: only the Host header says by
 * which name this machine was found. And it ends the process when an upgrade is asked of a service that is in Node.
 */
const SCRIPT = `
const waiting = [];
let lost = 0;
let sendingSince = 0;

async function send(env) {
  if (Date.now() - sendingSince < ${SENDING_MS}) return;
  let mine = sendingSince = Date.now();
  try {
    while (waiting.length > 0 && sendingSince === mine) {
      mine = sendingSince = Date.now();
      await scheduler.wait(${GATHER_MS});
      const body = JSON.stringify({ lost, reports: waiting.splice(0, ${MAX_REPORTS_AT_ONCE}) });
      lost = 0;
      await (await env.HEARD.fetch('http://watch/', { method: 'POST', body })).text();
    }
  } finally {
    if (sendingSince === mine) sendingSince = 0;
  }
}

async function readStart(message) {
  if (!message?.body) return null;
  const reader = message.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let left = ${MAX_BODY_BYTES}; left > 0;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value.subarray(0, left), { stream: true });
    left -= value.byteLength;
  }
  reader.cancel().catch(() => undefined);
  return text;
}

const isJson = ({ headers }) => /\\bjson\\b/.test(headers.get('content-type') ?? '');
const isShort = ({ headers }) => Number(headers.get('content-length') ?? Infinity) <= ${MAX_BODY_BYTES};

export default {
  async fetch(request, env, context) {
    const { host, pathname } = new URL(request.url);
    if (request.headers.get('host')?.toLowerCase() !== host)
      return new Response('The address of the request is not the one of its Host header.\\n', { status: 421 });
    if (pathname === '/live' || pathname.startsWith('/live/')) {
      if (request.headers.has('upgrade'))
        return new Response('The live page has no WebSockets. Read /live/events.\\n', { status: 426 });
      return env.LIVE.fetch(request);
    }
    if (request.headers.has('${UNWATCHED_HEADER}')) return env.GATEWAY.fetch(request);
    const at = Date.now();
    const { method, url, headers } = request;
    const asked = method === 'POST' && isJson(request) && isShort(request) ? request.clone() : undefined;
    const readingAsked = readStart(asked).catch(() => null);
    const response = await env.GATEWAY.fetch(request);
    const ms = Date.now() - at;
    const answered = isJson(response) && response.body ? response.clone() : undefined;
    const report = async () => {
      const bodies = await Promise.all([readingAsked, readStart(answered).catch(() => null)]);
      if (waiting.length >= ${MAX_WAITING}) return void lost++;
      waiting.push({
        at,
        ms,
        method,
        url,
        authorization: headers.get('authorization'),
        status: response.status,
        location: response.headers.get('location'),
        asked: bodies[0],
        answered: bodies[1],
      });
      await send(env);
    };
    context.waitUntil(report().catch(() => undefined));
    return response;
  },
};
`;

/** The worker that requests come to first. `gateway`: the name of the one that answers them. */
export function watchWorker(gateway: string, watch: Watch) {
  return {
    name: WATCH_WORKER,
    compatibilityDate: '2026-10-30',
    modules: [{ type: 'ESModule' as const, path: 'watch.js', contents: SCRIPT }],
    serviceBindings: {
      GATEWAY: gateway,
      LIVE: { node: watch.serve },
      async HEARD(request: Request) {
        const { reports, lost } = (await request.json()) as { reports: Report[]; lost: number };
        watch.hear(reports, lost);
        return new Response();
      },
    },
  };
}
