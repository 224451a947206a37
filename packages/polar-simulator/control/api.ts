/** The pages do what the API can do by calling it, so that a button meets the same rules as a program. */

import type { World } from '../world.ts';

export interface ApiAnswer {
  status: number;
  body: unknown;
  /** Polar's words when it refused, else null. */
  refusal: string | null;
}

/** Calls the API of this simulator, past any trouble that is turned on. */
export type ApiCall = (token: string, method: string, path: string, body?: unknown) => Promise<ApiAnswer>;

export function createApiCall(
  world: World,
  fetch: (request: Request) => Response | Promise<Response>,
): ApiCall {
  return async (token, method, path, body) => {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(
      new Request(new URL(path, world.publicUrl), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'polar-version': '2026-10',
          'content-type': 'application/json',
        },
        ...text,
      }),
    );
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const answer: unknown = isJson ? await response.json() : null;
    return { status: response.status, body: answer, refusal: response.ok ? null : refusalIn(answer) };
  };
}

function refusalIn(body: unknown): string {
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : null;
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return 'Polar refused it.';
  return detail
    .map((issue: { loc: unknown[]; msg: string }) => `${issue.loc.slice(1).join('.')}: ${issue.msg}`)
    .join(' ');
}

/** A text field of an answer; throws when it is not there, which would be a bug of the simulator. */
export function textIn(answer: ApiAnswer, name: string): string {
  const { body } = answer;
  const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  if (typeof value !== 'string') throw new Error(`The answer has no ${name}.`);
  return value;
}

/** An access token of an organization. Every organization has had one since it was made. */
export function accessTokenOf(world: World, organizationId: string): string {
  for (const row of world.tables.accessTokens.all()) {
    if (row.organization_id === organizationId) return row.id;
  }
  throw new Error(`The organization ${organizationId} has no access token.`);
}
