import { createApp } from './app.ts';
import type { Bindings } from './config.ts';
import { consumeWork } from './queue/consumer.ts';
import type { WorkMessage } from './queue/messages.ts';
import { createServices } from './services.ts';
import { runSchedule } from './flows/run-schedule.ts';

export { FloeAccess } from './rpc.ts';

const app = createApp();

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  queue: (batch, env, context) => consumeWork(createServices(env, context), batch),
  scheduled: (_controller, env, context) => runSchedule(createServices(env, context)),
} satisfies ExportedHandler<Bindings, WorkMessage>;
