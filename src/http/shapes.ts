import * as z from 'zod/mini';
import { readCustomer, readExternalId } from '../base/subject.rules.ts';
import { isEventFilter } from '../base/event-filter.rules.ts';
import { isEventType, MAX_TYPE_LENGTH, suggestTypes } from '../base/event-types.rules.ts';

/* Schemas that several resources share. Messages are whole sentences: clients show them. */

/**
 * A bound that ends the checks, so that no pattern or look-up sees a longer text (ADR 57). Without `abort` all checks
 * of a schema run, also after one has failed.
 */
const atMost = (max: number, error = `Must have at most ${max} characters.`) =>
  z.maxLength(max, { error, abort: true });

/** Text of at most `max` characters, as it is. */
export const text = (max: number) => z.string().check(atMost(max));

/** Text of at most `max` characters that matches a pattern, with one message for both. */
export const fitting = (max: number, pattern: RegExp, message: string) =>
  z.string().check(atMost(max, message), z.regex(pattern, message));

const UUID_CHARS = 36;
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Polar's ids are lowercase UUIDs; what callers paste may not be. */
export const uuid = () =>
  z.string().check(atMost(UUID_CHARS, 'Must be a UUID.'), z.toLowerCase(), z.regex(UUID, 'Must be a UUID.'));

// oxlint-disable-next-line no-control-regex -- control characters are exactly what it refuses, and halves of characters
const CONTROL = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;

/** One line of text: trimmed, no control characters, `min` to `max` characters. */
export const line = (max: number, min = 1) =>
  z.string().check(
    z.trim(),
    atMost(max),
    z.minLength(min, `Must have at least ${min} character(s).`),
    z.refine((value) => !CONTROL.test(value), 'Must not contain control characters.'),
  );

// oxlint-disable-next-line no-control-regex -- all of them but tabs and line breaks, and halves of characters
const UNKEPT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/u;

/** Text of several lines. Polar fails over what its database cannot keep, which leaves open what it did, so it is refused here. */
export const lines = (max: number) =>
  text(max).check(
    z.refine(
      (value) => !UNKEPT.test(value),
      'Must not contain control characters other than tabs and line breaks.',
    ),
  );

/** A customer's Polar id, or `external:` and the app's own id for its user, which is taken as it is written. */
export const customer = () =>
  z.string().check(
    atMost(300),
    z.overwrite((value) => (value.trimStart().startsWith('external:') ? value.trimStart() : value.trim())),
    z.refine(
      (value) => readCustomer(value) !== undefined,
      'Must be a Polar customer id (a UUID) or external:<your id>, without control characters.',
    ),
  );

/** An app's own id for a user, as it is written. */
export const externalId = () =>
  text(256).check(
    z.refine(
      (value) => readExternalId(value) !== undefined,
      'Must have a character other than white space, and no control characters.',
    ),
  );

/** The visitor's `User-Agent`, which a server passes on. */
export const userAgent = () => z.optional(line(1000));

export const absoluteUrl = () =>
  line(2048).check(
    z.refine((value) => {
      const url = URL.parse(value);
      return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
    }, 'Must be an absolute http(s) URL.'),
  );

export const timestamp = z.iso.datetime();

/** A time to the nanosecond with an offset has 35 characters. */
const INSTANT_CHARS = 40;
const INSTANT_MESSAGE = 'Must be an ISO 8601 time such as 2026-11-01T10:00:00Z, or a day such as 2026-11-01.';
/** What `instant` accepts. */
export const TIME_OR_DAY = new RegExp(
  `${z.regexes.datetime({ offset: true }).source}|${z.regexes.date.source}`,
);

/** A time that a caller gives, with any offset. A day is its first moment, in UTC. */
export const instant = () => fitting(INSTANT_CHARS, TIME_OR_DAY, INSTANT_MESSAGE);

/** Milliseconds since 1970 of what `instant` accepted. */
export const readInstant = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));

/** An event's type, or a group of them, as an endpoint's `events` have them. */
export const eventFilter = () =>
  ofTypes(
    isEventFilter,
    'Must be an event type such as payment.succeeded, a group such as payment.*, or * for all.',
  );

/** An event's type alone. */
export const eventType = () => ofTypes(isEventType, 'Must be an event type such as payment.succeeded.');

function ofTypes(isKnown: (text: string) => boolean, message: string) {
  return z
    .string()
    .check(
      atMost(MAX_TYPE_LENGTH, message),
      z.refine(isKnown, { error: ({ input }) => `${message} ${suggestTypes(String(input))}` }),
    );
}

export const mode = z.enum(['live', 'sandbox']);

/** Metadata of a payment: Polar takes 50 keys, two are the gateway's. */
const METADATA_KEYS = 48;
export const metadata = () =>
  z
    .record(
      // Keys are not trimmed: of two that differ only by white space one would be lost.
      text(40).check(
        z.refine(
          (key) => key !== '' && key === key.trim() && !CONTROL.test(key),
          'Must have 1 to 40 characters, none of them a control character, and no white space around them.',
        ),
      ),
      z.union(
        [
          text(500).check(
            z.minLength(1),
            z.refine((value) => !CONTROL.test(value), 'Must not contain control characters.'),
          ),
          z.int(),
          z.number(),
          z.boolean(),
        ],
        'Must be text of 1 to 500 characters, a boolean, or a number that JavaScript holds exactly (send a longer one as text).',
      ),
    )
    .check(
      z.refine(
        (value) => Object.keys(value).length <= METADATA_KEYS,
        `Must have at most ${METADATA_KEYS} keys.`,
      ),
      z.refine(
        (value) => !Object.keys(value).some((key) => key.toLowerCase().startsWith('gateway_')),
        'Keys that start with gateway_ are the gateway’s own.',
      ),
    );

export const fieldError = z.object({ path: z.string(), message: z.string() });

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.optional(z.string()),
  request_id: z.string(),
  errors: z.optional(z.array(fieldError)),
  /** Of `already_subscribed`. */
  subscription_id: z.optional(z.string()),
  /** Of `forbidden_key`. */
  required_scope: z.optional(z.string()),
  /** Of `unsupported_method`. */
  link: z.optional(z.string()),
  /** Of `events_gone`. */
  oldest_sequence: z.optional(z.int()),
  /** Of `cursor_moved`. */
  sequence: z.optional(z.nullable(z.int())),
});

/** How many entries a page of a list has at most. */
export const MAX_PAGE = 100;
/** `limit` and `cursor` of every list. Spread into a route's query. */
export const page = {
  limit: z._default(
    z.pipe(
      fitting(3, /^[1-9]\d{0,2}$/, 'Must be a number from 1 to 100.'),
      z.transform((value) => Math.min(Number(value), MAX_PAGE)),
    ),
    20,
  ),
  cursor: z.optional(text(400)),
};

/** From when (inclusive) and until when (exclusive), of every list that is by time. */
export const createdRange = {
  created_after: z.optional(instant()),
  created_before: z.optional(instant()),
};

/** The beginning of an address, a name or an external id of a customer. */
export const customerSearch = { q: z.optional(line(256)) };

/** `{data, next_cursor}` of `item`s. */
export const list = <T extends z.ZodMiniType>(item: T) =>
  z.object({ data: z.array(item), next_cursor: z.nullable(z.string()) });

export const wholeNumber = (min: number, max: number) => {
  const message = `Must be a whole number from ${min} to ${max}.`;
  return z.int(message).check(z.minimum(min, message), z.maximum(max, message));
};

/** One bare address: nothing that a mail program would read as two addresses, a name or a comment. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"]+@[^\s@.<>()[\]\\,;:"]+(?:\.[^\s@.<>()[\]\\,;:"]+)+$/;
export const email = () => line(254).check(z.regex(ADDRESS, 'Must be an e-mail address.'));
