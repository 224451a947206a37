/** Texts, signs, and what stands between them: numbers, true, false, null. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
/** How deep the fields of an event are: the answer, its list, the event. */
const FIELDS_OF_EVENT = 3;

/**
 * The bodies of a page's events as the gateway wrote them. A body is sent on in the same characters, since JavaScript would round numbers
 * beyond 2^53, and the Node that this runs on need not have JSON.rawJSON.
 * @param page the text of an answer of `GET /v1/events`
 */
export function readBodyTexts(page: string): string[] {
  const bodies: string[] = [];
  /** The field at each depth. */
  const fields: string[] = [];
  let before = '';
  let beginsAt: number | undefined;
  for (const { 0: token, index } of page.matchAll(TOKEN)) {
    switch (token) {
      case ':':
        fields[fields.length - 1] = before;
        break;
      case '{':
      case '[':
        if (isBody(fields) && before === ':') beginsAt = index;
        fields.push('');
        break;
      case '}':
      case ']':
        fields.pop();
        if (beginsAt === undefined || fields.length !== FIELDS_OF_EVENT) break;
        bodies.push(page.slice(beginsAt, index + token.length));
        beginsAt = undefined;
    }
    before = token;
  }
  return bodies;
}

const isBody = (fields: readonly string[]) =>
  fields.length === FIELDS_OF_EVENT && fields[0] === '"data"' && fields[2] === '"body"';
