import { mountForApps } from './apps.part.ts';
import { composeApp } from './compose-app.ts';
import { mountDocs } from './docs.ts';
import { mountPolarWebhook } from './hear/polar-webhook.routes.ts';
import type { App } from './http/route.ts';
import { mountForOperators } from './operators.part.ts';
import { mountForVisitors } from './visitors.part.ts';

/** All of HTTP in one: what `/openapi.json` describes, and what says that an address does not exist. */
export function createApp(): App {
  return composeApp(mountForApps, mountForOperators, mountForVisitors, mountPolarWebhook, mountDocs);
}
