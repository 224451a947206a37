import { TrieRouter } from 'hono/router/trie-router';
import { mountForApps } from './apps.part.ts';
import { composeWith } from './compose-app.ts';
import { mountDocs } from './docs.ts';
import { mountPolarWebhook } from './hear/polar-webhook.routes.ts';
import type { App } from './http/route.ts';
import { mountForOperators } from './operators.part.ts';
import { mountExports } from './sell/exports/exports.routes.ts';
import { mountForVisitors } from './visitors.part.ts';

/** All of HTTP in one: what `/openapi.json` describes, and what says that an address does not exist. */
export function createApp(): App {
  // Exports come first: `/v1/payments/:id` has room for `export` too.
  return composeWith(
    new TrieRouter(),
    mountExports,
    mountForApps,
    mountForOperators,
    mountForVisitors,
    mountPolarWebhook,
    mountDocs,
  );
}
