/** A request that was refused: the message has its address, status and answer. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Sends JSON with a Bearer token and gives the answer's JSON. @throws {HttpError} unless 2xx. */
export async function callJson(
  method: string,
  url: string,
  token: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new HttpError(`${method} ${url}: ${response.status} ${text}`, response.status);
  const json: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof json !== 'object' || json === null) throw new Error(`${method} ${url} answered no JSON object.`);
  return { ...json };
}

/** A text field of an answer. @throws when it is missing. */
export function textField(answer: Record<string, unknown>, name: string): string {
  const value = answer[name];
  if (typeof value !== 'string') throw new Error(`The answer has no ${name}.`);
  return value;
}

/** The objects of a list answer, under `data` (the gateway's) or `items` (Polar's). */
export function listField(
  answer: Record<string, unknown>,
  name: 'data' | 'items',
): Record<string, unknown>[] {
  const value = answer[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

/** A list of texts of an answer. @throws when it is missing. */
export function textsField(answer: Record<string, unknown>, name: string): string[] {
  const value = answer[name];
  if (!Array.isArray(value)) throw new Error(`The answer has no ${name}.`);
  return value.map(String);
}
