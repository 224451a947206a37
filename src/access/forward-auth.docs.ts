import * as z from 'zod/mini';
import { document } from '../http/route-docs.ts';
import { getForwardAuth } from './forward-auth.routes.ts';

const answer = z.object({
  allow: z.boolean(),
  reason: z.enum([
    'granted',
    'public',
    'no_session',
    'path_refused',
    'not_granted',
    'revoked',
    'expired',
    'unknown_customer',
    'unknown_resource',
    'pending_payment',
    'unavailable',
  ]),
});

const HOW =
  `Asked by a proxy (nginx \`auth_request\`, Caddy \`forward_auth\`, Traefik ForwardAuth) for each request to a site. The proxy's
configuration names the \`app\` and what is asked for: one \`resource\`, or one or several \`prefix=<path>:<resource>\`
(\`prefix=/courses/git:content:courses/git/*\`, where a \`*\` at the end stands for the rest of the path; the longest prefix wins) and
\`public=<path>\` for what anybody may have. The visitor's session comes in the cookie \`__Host-floe_<app>_session\` or as Bearer token,
the path in \`X-Original-URI\` or \`X-Forwarded-Uri\`: exactly one of them, and in its one canonical spelling. The answer's headers
\`X-Floe-Subject\`, \`-Customer\`, \`-App\`, \`-Resource\`, \`-Expires\` and \`-Reason\` are always there (empty when there is nothing to
say; percent-encoded), so that a proxy overwrites what a visitor sent. With 401 comes \`X-Floe-Next\`: what was asked for, encoded as one
value of a query, for the address of the page where people sign in.`.replaceAll('\n', ' ');

export const forwardAuthDocs = document([
  [
    getForwardAuth,
    {
      tag: 'Access',
      summary: 'May this visitor of a site have this path?',
      description: HOW,
      responses: {
        200: { description: 'Yes, or the path is public', schema: answer },
        401: { description: 'Nobody is signed in', schema: answer },
        403: {
          description: 'No, or the path is refused. With `Retry-After`: a payment is under way',
          schema: answer,
        },
        503: { description: 'The check could not be made', schema: answer },
      },
      problems: ['method_not_allowed', 'mode_not_configured'],
    },
  ],
]);
