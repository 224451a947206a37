/** Trouble on the way to the API. Pages and `/_sim` never meet any. */

import type { World } from '../world.ts';

/** What a caller of fetch sees when the other side goes away: a TypeError whose cause says ECONNRESET. */
export class ConnectionReset extends TypeError {
  override readonly name = 'TypeError';
  constructor() {
    super('fetch failed', {
      cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }),
    });
  }
}

/** Answers a call as `answer` does, but late, with an error, or with a rejection, as was turned on. */
export async function meetTrouble(
  world: World,
  request: Request,
  answer: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith('/v1/')) return answer(request);
  const { waitMs, instead } = world.faults.forCall(request.method, pathname);
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  const { retry_after_s, server_error_status } = world.faults.settings;
  switch (instead) {
    case 'nothing':
      return answer(request);
    case 'reset_before':
      throw new ConnectionReset();
    case 'reset_after':
      await answer(request);
      throw new ConnectionReset();
    case 'rate_limited':
      return new Response(null, { status: 429, headers: { 'retry-after': String(retry_after_s) } });
    case 'server_error':
      return Response.json(
        { error: 'InternalServerError', detail: 'Internal Server Error' },
        { status: server_error_status },
      );
    default:
      return instead satisfies never;
  }
}
