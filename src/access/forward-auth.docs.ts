import { document, PROBLEM_HEADERS } from '../http/route-docs.ts';
import { forwarded } from './access.answers.ts';
import { getForwardAuth } from './forward-auth.routes.ts';

const HOW =
  `Asked by a proxy (nginx \`auth_request\`, Caddy \`forward_auth\`, Traefik ForwardAuth) for each request to a site. The proxy's
configuration names the \`app\` and what is asked for: one \`resource\`, or one or several \`prefix=<path>:<resource>\`
(\`prefix=/courses/git:content:courses/git/*\`, where a \`*\` at the end stands for the rest of the path; the longest prefix wins) and
\`public=<path>\` for what anybody may have. The visitor's session comes in the cookie \`__Host-floe_<app>_session\` or as Bearer token,
the path in \`X-Original-URI\` or \`X-Forwarded-Uri\`: exactly one of them, and in its one canonical spelling. The answer's headers
\`X-Floe-Subject\`, \`-Customer\`, \`-App\`, \`-Resource\`, \`-Expires\` and \`-Reason\` are always there (empty when there is nothing to
say; percent-encoded), so that a proxy overwrites what a visitor sent. With 401 comes \`X-Floe-Next\`: what was asked for, encoded as one
value of a query, for the address of the page where people sign in.`.replaceAll('\n', ' ');

const IDENTITY = {
  'X-Floe-Subject': 'Who asks',
  'X-Floe-Customer': 'The customer of whoever asks',
  'X-Floe-App': 'The app’s slug',
  'X-Floe-Resource': 'What was asked for',
  'X-Floe-Expires': 'When the yes ends',
  'X-Floe-Reason': 'As in the body',
};

export const forwardAuthDocs = document([
  [
    getForwardAuth,
    {
      id: 'forwardAuth',
      tag: 'Access',
      summary: 'May this visitor of a site have this path?',
      description: HOW,
      responses: {
        200: { description: 'Yes, or the path is public', schema: forwarded, headers: IDENTITY },
        401: {
          description: 'Nobody is signed in',
          schema: forwarded,
          headers: {
            ...IDENTITY,
            ...PROBLEM_HEADERS[401],
            'X-Floe-Next': 'What was asked for, as one value of a query',
          },
        },
        403: {
          description: 'No, or the path is refused. With `Retry-After`: a payment is under way',
          schema: forwarded,
          headers: IDENTITY,
        },
        503: {
          description: 'The check could not be made',
          schema: forwarded,
          headers: { ...IDENTITY, 'Retry-After': 'In how many seconds asking again makes sense' },
        },
      },
      problems: ['method_not_allowed', 'mode_not_configured'],
    },
  ],
]);
