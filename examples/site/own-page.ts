import type { Context } from 'hono';

/** Browsers say where a form comes from; other sites may not start or end anything here. */
export function isOwnPage(c: Context): boolean {
  return c.req.header('origin') === new URL(c.req.url).origin;
}

/** One field of a form, as text. */
export async function readField(c: Context, name: string): Promise<string> {
  const value = (await c.req.parseBody())[name];
  return typeof value === 'string' ? value.trim() : '';
}
