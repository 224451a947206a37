import { document } from '../../http/route-docs.ts';
import { explanation } from './explain.answers.ts';
import { explainRoute } from './explain.routes.ts';
import { HISTORY_DAYS } from './history.rules.ts';

export const explainDocs = document([
  [
    explainRoute,
    {
      id: 'explainAccess',
      tag: 'Access',
      summary: 'Why may this customer (not) use this, now or then?',
      description:
        `What \`/v1/access\` answers with \`max_age=0\`, or answered at a time of the last ${HISTORY_DAYS} days, and why: \`supported_by\` has the
grants and purchases that gave it, \`missing\` what was lacking, \`because\` the events and changes that led there, oldest first. \`caches\` says
whether a cached yes could still have been given, for callers that allowed a \`max_age\`. \`complete\` is false for a time before this
gateway kept what was so. \`summary\` is one sentence for whoever answers the customer.`.replaceAll(
          '\n',
          ' ',
        ),
      responses: { 200: { description: 'The decision and its reasons', schema: explanation } },
    },
  ],
]);
