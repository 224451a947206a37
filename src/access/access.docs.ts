import { document } from '../http/route-docs.ts';
import { access, accessBatch } from './access.answers.ts';
import { MAX_RESOURCES, getAccess, postAccessBatch } from './access.routes.ts';

const HOW =
  `A secret key names the \`customer\`; a session speaks for whoever it was made for. A no is \`200\` with \`allow: false\` and its
\`reason\`, always from the database. A yes may come from a cache: \`max_age\` is how many seconds old, and so how late a revocation may
be noticed. \`expires_at\` is when a yes is known to end, such as a cancelled subscription's period. A yes to a feature has its \`values\`. \`token\` is the signed list of all that
the customer has in this app (a JWT, verifiable with \`/.well-known/jwks.json\`); above 4 KB, of what covers the
resources asked for.`.replaceAll('\n', ' ');

const RETRY = { 'Retry-After': 'In how many seconds asking again makes sense' };

export const accessDocs = document([
  [
    getAccess,
    {
      id: 'checkAccess',
      tag: 'Access',
      summary: 'May this customer use this?',
      description: HOW,
      responses: {
        200: { description: 'The answer, yes or no', schema: access },
        503: {
          description: 'The check could not be made: `reason` is `unavailable`',
          schema: access,
          headers: RETRY,
        },
      },
      problems: ['mode_not_configured'],
    },
  ],
  [
    postAccessBatch,
    {
      id: 'checkAccessBatch',
      tag: 'Access',
      summary: 'May this customer use these?',
      description: `Up to ${MAX_RESOURCES} resources at once, answered in order. ${HOW}`,
      responses: {
        200: { description: 'The answers', schema: accessBatch },
        503: {
          description: 'Some checks could not be made: their `reason` is `unavailable`',
          schema: accessBatch,
          headers: RETRY,
        },
      },
      problems: ['mode_not_configured'],
    },
  ],
]);
