/** One JSON line. Callers pass ids, codes and causes, never keys, codes, URLs with queries, or bodies. */
export function log(
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Record<string, unknown> = {},
): void {
  const { error, ...rest } = fields;
  const line = JSON.stringify({
    level,
    message,
    ...rest,
    ...(error === undefined ? {} : { error: describe(error) }),
  });
  if (level === 'error') console.error(line);
  else if (level === 'warn') console.warn(line);
  else console.log(line);
}

/** Long enough to find the place in the code, and never as long as a request. */
const MAX_TEXT = 4_000;

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error).slice(0, MAX_TEXT);
  const cause = error.cause ? { cause: describe(error.cause) } : {};
  // drizzle's message repeats every bound parameter, such as a whole event's body; the statement is enough.
  if ('query' in error && 'params' in error) {
    return { name: error.name, query: String(error.query).slice(0, MAX_TEXT), ...cause };
  }
  return {
    name: error.name,
    message: error.message.slice(0, MAX_TEXT),
    stack: error.stack?.slice(0, MAX_TEXT),
    ...cause,
  };
}
