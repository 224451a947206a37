import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Bindings } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import { expectDescribed } from './described.ts';

/** Asks the gateway, with other bindings than the tests' own if need be, and waits for what it does behind the answer. */
export async function fetchGateway(request: Request, bindings: object = env): Promise<Response> {
  const context = createExecutionContext();
  const incoming = request as Parameters<typeof worker.fetch>[0];
  const response = await worker.fetch(incoming, bindings as Bindings, context);
  await expectDescribed(request, response);
  await waitOnExecutionContext(context);
  return response;
}
