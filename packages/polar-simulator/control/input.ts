/** Reading what `/_sim` is sent, and refusing what another site sends in a visitor's name. */

import type { Context, MiddlewareHandler } from 'hono';
import type * as z from 'zod';
import type { SimulatorEnv } from '../http/app.ts';
import { problem } from '../http/errors.ts';
import { parseInput } from '../http/input.ts';

/** A JSON body through a schema; no body means an empty one, since these routes are called by hand. */
export async function readJson<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await context.req.text();
  let input: unknown;
  try {
    input = text === '' ? {} : JSON.parse(text);
  } catch {
    throw problem(422, 'RequestValidationError', 'The body is not JSON.');
  }
  return parseInput(schema, input, 'body');
}

/** A form's fields, trimmed. */
export async function readForm(context: Context): Promise<Record<string, string>> {
  const form = new URLSearchParams(await context.req.text());
  return Object.fromEntries([...form].map(([name, value]) => [name, value.trim()]));
}

/** 403 for a change that a page of another origin asks for. Programs send no `Origin` and are let in. */
export function sameOrigin(): MiddlewareHandler<SimulatorEnv> {
  return async (context, next) => {
    const { method } = context.req;
    const origin = context.req.header('origin');
    const isRead = method === 'GET' || method === 'HEAD';
    const { host } = new URL(context.req.url);
    if (!isRead && origin !== undefined && hostOf(origin) !== host) {
      throw problem(403, 'NotPermitted', `A page of ${origin} may not change the simulator.`);
    }
    return next();
  };
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);
