import * as z from 'zod/mini';
import { MAX_EVENT_FILTERS, simplifyEventFilters } from '../../base/event-filter.rules.ts';
import { MAX_TYPE_LENGTH } from '../../base/event-types.rules.ts';
import { eventFilter, fitting, text } from '../../http/shapes.ts';

/** Seconds. Proxies in between often end a request that says nothing for a minute. */
const MAX_WAIT_SECONDS = 30;

const ofText = (pattern: RegExp, message: string) =>
  z.pipe(
    fitting(15, pattern, message),
    z.transform((value) => Number(value)),
  );

/** Parameters of the feed. `after` asks for it. */
export const feedFields = {
  after: z.optional(
    ofText(/^(0|[1-9]\d*)$/, 'Must be the sequence of an event, or 0 to begin with the first.'),
  ),
  wait: z.optional(ofText(/^([12]?\d|30)$/, `Must be a number of seconds from 0 to ${MAX_WAIT_SECONDS}.`)),
  types: z.optional(
    z.pipe(
      text(MAX_EVENT_FILTERS * (MAX_TYPE_LENGTH + 1)),
      z.pipe(
        z.transform((list: string) => simplifyEventFilters(list.split(',').map((each) => each.trim()))),
        z
          .array(eventFilter())
          .check(z.maxLength(MAX_EVENT_FILTERS, `Must have at most ${MAX_EVENT_FILTERS} entries.`)),
      ),
    ),
  ),
};

const OF_FEED = ['wait', 'types'] as const;
const OF_LIST = ['cursor', 'type', 'payment'] as const;

type Given = { readonly [Name in 'after' | (typeof OF_FEED)[number] | (typeof OF_LIST)[number]]?: unknown };

/** Refuses what belongs to the list in a question for the feed, and the other way round. */
export const eitherFeedOrList = z.check<Given>(({ value, issues }) => {
  const [names, message] =
    value.after === undefined
      ? [OF_FEED, 'Goes with after only.']
      : [OF_LIST, 'Does not go with after, which reads all events in their order. Filter with types.'];
  for (const name of names)
    if (value[name] !== undefined) issues.push({ code: 'custom', path: [name], message, input: value[name] });
});
