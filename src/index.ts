import { answer } from './answer.ts';
import type { Bindings } from './base/config.ts';
import type { WorkMessage } from './base/messages.ts';
import { createServices } from './wiring.ts';

export { FloeAccess } from './rpc.ts';

/*
 * What access questions and Polar's webhooks need is loaded at once; all else when it is first asked for, since a new
 * isolate answers the sooner the less it has to evaluate (ADR 72).
 */
export default {
  fetch: (request, env, context) => answer(request, env, context),
  queue: async (batch, env, context) => {
    const { consumeWork } = await import('./consumer.ts');
    await consumeWork(createServices(env, context), batch);
  },
  scheduled: async (_controller, env, context) => {
    const { runSchedule } = await import('./schedule.ts');
    await runSchedule(createServices(env, context));
  },
} satisfies ExportedHandler<Bindings, WorkMessage>;
