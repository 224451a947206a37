/*
 * Removes what describes a person (names, addresses, what a buyer wrote) from the bodies of events and Polar events
 * (ADR 62). Ids, amounts, times and the app's own metadata are not touched.
 */

/** Objects that describe one person. Of these only the fields in `KEPT_OF_PERSON` stay. */
const PERSONS = new Set(['customer', 'user', 'member']);
const KEPT_OF_PERSON = new Set(
  'id customer_id external_id organization_id type role created_at modified_at deleted_at'.split(' '),
);

/** Fields that describe a person, in whatever object they are. */
const PERSONAL = new Set(
  (
    'email customer_email customer_name customer_billing_name customer_billing_address customer_ip_address ' +
    'customer_tax_id customer_metadata customer_cancellation_comment cancellation_comment user_metadata ' +
    'custom_field_data billing_name ' +
    'billing_address tax_id avatar_url public_name github_username invited_email invite_url account_id ' +
    'granted_account_id seat_metadata comment'
  ).split(' '),
);

/** Fields that are objects in every version of Polar's API, so they become `{}` and not null. */
const OBJECTS = new Set([
  'metadata',
  'customer_metadata',
  'user_metadata',
  'custom_field_data',
  'seat_metadata',
]);

/** Numbers are kept as they were written, since JavaScript would round some (ADR 48). */
const exactJson = JSON as unknown as {
  parse(
    text: string,
    revive: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

type Fields = Record<string, unknown>;

/**
 * The body of an event, as it is sent to endpoints, without what describes a person. Doing it again changes nothing.
 */
export function withoutPersonalData(body: string): string {
  return JSON.stringify(emptyTold(body));
}

/** The same, and without the metadata that the app gave to the purchase, for one that erases its customer. */
export function withoutWords(body: string): string {
  const told = emptyTold(body);
  const inside = (part: unknown, name: string) => (isFields(part) ? part[name] : undefined);
  const data = inside(told, 'data');
  const polar = inside(inside(data, 'polar'), 'data');
  // The answer to a request is the payment itself.
  const purchases = [
    told,
    inside(data, 'payment'),
    polar,
    inside(polar, 'order'),
    inside(polar, 'subscription'),
  ];
  for (const part of purchases) if (isFields(part) && isFields(part['metadata'])) part['metadata'] = {};
  return JSON.stringify(told);
}

/** What the answer to a request says in somebody's own words: of a gift, and of an app's user. */
const WORDS_OF_ANSWERS = ['to_email', 'from_name', 'message', 'name'];

function emptyTold(body: string): unknown {
  const told = parseWithout(body);
  if (isFields(told) && !('type' in told)) {
    for (const name of WORDS_OF_ANSWERS) if (typeof told[name] === 'string') told[name] = null;
    if (told['source'] === 'app') told['reason'] = '';
  }
  // In `customer.*` and `member.*` the whole object describes a person.
  if (isFields(told) && isFields(told['data']) && isFields(told['data']['polar'])) {
    const { polar } = told['data'];
    if (isOfPerson(polar['type']) && isFields(polar['data'])) polar['data'] = emptyPerson(polar['data']);
  }
  // Why an app gave something is its own text, and may name a person.
  if (
    isFields(told) &&
    isFields(told['data']) &&
    isFields(told['data']['grant']) &&
    'reason' in told['data']['grant']
  )
    told['data']['grant']['reason'] = '';
  return told;
}

/**
 * The same for the body of a Polar event. What is needed to apply it stays: ids, amounts, times, the metadata of a
 * purchase.
 */
export function polarEventWithoutPersonalData(body: string): string {
  const event = parseWithout(body);
  if (isFields(event) && isOfPerson(event['type']) && isFields(event['data']))
    event['data'] = emptyPerson(event['data']);
  return JSON.stringify(event);
}

function isOfPerson(type: unknown): boolean {
  return /^(customer|member)\./.test(String(type));
}

function parseWithout(body: string): unknown {
  return exactJson.parse(body, (key, value, { source }) => {
    if (typeof value === 'number' && source !== undefined) return exactJson.rawJSON(source);
    if (PERSONAL.has(key)) return emptied(key);
    return PERSONS.has(key) && isFields(value) ? emptyPerson(value) : value;
  });
}

function emptyPerson(person: Fields): Fields {
  return Object.fromEntries(
    Object.entries(person).map(([key, value]) => [key, KEPT_OF_PERSON.has(key) ? value : emptied(key)]),
  );
}

function emptied(key: string): Fields | null {
  return OBJECTS.has(key) ? {} : null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
