import { createApp } from './app.ts';
import type { Bindings } from './base/config.ts';
import { consumeWork } from './consumer.ts';
import type { WorkMessage } from './base/messages.ts';
import { createServices } from './wiring.ts';
import { runSchedule } from './schedule.ts';

export { FloeAccess } from './rpc.ts';

const app = createApp();

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  queue: (batch, env, context) => consumeWork(createServices(env, context), batch),
  scheduled: (_controller, env, context) => runSchedule(createServices(env, context)),
} satisfies ExportedHandler<Bindings, WorkMessage>;
