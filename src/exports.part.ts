import { browserCalls } from './http/browser-calls.ts';
import type { App } from './http/route.ts';
import { mountExports } from './sell/exports/exports.routes.ts';

/**
 * An app's lists as files. Apart from what apps call else: few do, and no one router that is fast has `/v1/payments/export` and
 * `/v1/payments/:id`.
 */
export function mountForExports(app: App): void {
  app.use('/v1/*', browserCalls());
  mountExports(app);
}
