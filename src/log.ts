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

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause ? { cause: describe(error.cause) } : {}),
  };
}
