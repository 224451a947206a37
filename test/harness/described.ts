import { expect } from 'vitest';
import * as z from 'zod/mini';
import { createApp } from '../../src/app.ts';
import { PROBLEMS, type ProblemCode } from '../../src/base/problem.ts';
import { routesAt } from '../../src/http/route.ts';
import {
  type DocumentedRoute,
  PROBLEM_HEADERS,
  PROBLEMS_ANYWHERE,
  problemsOf,
} from '../../src/http/route-docs.ts';
import { problem } from '../../src/http/shapes.ts';
import { routeDocs } from '../../src/index.docs.ts';
import { noteProblem } from './provoked.ts';

/* Holds answers of the gateway against what `/openapi.json` says of their routes. Every helper that calls it comes by here. */

const app = createApp();

/**
 * Fails unless the answer is what the description of its route says: its status, type, headers and every field of its body,
 * none more and none less. The response can be read afterwards.
 */
export async function expectDescribed(
  { method, url }: { method: string; url: string },
  response: Response,
  described: readonly DocumentedRoute[] = routeDocs,
): Promise<void> {
  const path = new URL(url).pathname;
  const where = `${method} ${path}: ${response.status}`;
  const known = new Map(described);
  const route = routesAt(app, path).find(
    (each) => each.method.toUpperCase() === (method === 'HEAD' ? 'GET' : method),
  );
  const docs = route && known.get(route);
  const type = response.headers.get('content-type')?.split(';', 1)[0] ?? '';
  const text = method === 'HEAD' ? '' : await response.clone().text();
  const { status } = response;
  expect(response.headers.get('x-request-id'), `${where} has an id`).toMatch(/^req_/);

  if (type === 'application/problem+json') {
    const codes = route && docs ? problemsOf(route, docs) : (['not_found', 'method_not_allowed'] as const);
    expectHeaders(response, PROBLEM_HEADERS[status], where);
    if (method === 'HEAD') return;
    const body = expectBody(problem, text, where) as { code: ProblemCode; status: number };
    expect([...codes, ...PROBLEMS_ANYWHERE], `${where} names its problem`).toContain(body.code);
    if (route) noteProblem(`${route.method.toUpperCase()} ${route.path}`, body.code);
    expect([body.status, PROBLEMS[body.code][0]], where).toEqual([status, status]);
    return;
  }
  // Files of the build, and browsers' preflights, which are answered before any route is looked for.
  if (!route || !docs) return;
  // People who open an address see its problems as pages.
  if (type === 'text/html' && status >= 400 && !docs.responses[status]) {
    const statuses = [...problemsOf(route, docs), ...PROBLEMS_ANYWHERE].map((code) => PROBLEMS[code][0]);
    expect(statuses, `${where} is described`).toContain(status);
    return;
  }
  // Links that act when they are followed answer it with nothing.
  if (method === 'HEAD' && status === 204) return;
  const answer = docs.responses[status];
  if (!answer) throw new Error(`${where} is not described: ${text}`);
  expectHeaders(response, answer.headers, where);
  expect([answer.contentType ?? (answer.schema ? 'application/json' : '')].flat(), where).toContain(type);
  if (answer.schema && method !== 'HEAD') expectBody(answer.schema as z.ZodMiniType, text, where);
}

function expectHeaders(
  response: Response,
  headers: Readonly<Record<string, string>> | undefined,
  where: string,
): void {
  const missing = Object.keys(headers ?? {}).filter((name) => !response.headers.has(name));
  expect(missing, `${where} has its headers`).toEqual([]);
}

/** A schema leaves out what it does not know: what it gives back must be the whole body. */
function expectBody(schema: z.ZodMiniType, text: string, where: string): unknown {
  // A number that is too large for JavaScript is a number all the same.
  const body: unknown = JSON.parse(text, (_, value: unknown) =>
    value === Infinity ? Number.MAX_VALUE : value,
  );
  const read = schema.safeParse(body);
  if (!read.success)
    throw new Error(`${where} is not as described:\n${z.prettifyError(read.error)}\n${text}`);
  expect(read.data, `${where} is as described`).toEqual(body);
  return body;
}
