import { answerAccess } from './access/answer-access.ts';
import type { Bindings } from './base/config.ts';
import { POLAR_WEBHOOK_PATH, receivePolarWebhook } from './hear/receive-polar-webhook.ts';
import { answerError } from './http/answer-error.ts';
import { markAnswer, newRequestId, refuseOtherHosts } from './http/every-answer.ts';
import { loadPart } from './parts.ts';
import { createServices, FIRST_ATTEMPTS } from './wiring.ts';

/** Answers a request: plain questions about access and webhooks of Polar's directly, all else by the part of the gateway that has its address. */
export async function answer(request: Request, env: Bindings, context: ExecutionContext): Promise<Response> {
  const accessAnswer = answerAccess(request, () => createServices(env, context));
  if (accessAnswer) return accessAnswer;
  const { pathname } = new URL(request.url);
  if (pathname === POLAR_WEBHOOK_PATH && request.method === 'POST') return answerPolar(request, env, context);
  const app = await loadPart(pathname);
  return app.fetch(request, env, context);
}

/** As the route of the webhook answers, without the router: an isolate that is new to Polar's webhooks has less to load. */
async function answerPolar(request: Request, env: Bindings, context: ExecutionContext): Promise<Response> {
  const requestId = newRequestId();
  let response: Response;
  try {
    const services = createServices(env, context, FIRST_ATTEMPTS);
    refuseOtherHosts(services, request.url);
    response = await receivePolarWebhook(services, request);
  } catch (error) {
    response = answerError(error, requestId);
  }
  markAnswer(response.headers, requestId);
  return response;
}
