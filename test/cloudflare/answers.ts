import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/* How Cloudflare's API answers: `result` with `success`, or errors with a number each. */

/** A refusal, with the number and the words that Cloudflare has for it. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: number;

  constructor(status: ContentfulStatusCode, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function answer(context: Context, result: unknown, more: Record<string, unknown> = {}): Response {
  return context.json({ success: true, errors: [], messages: [], result, ...more });
}

/** One page of a list, `page` and `per_page` as they were asked for. */
export function answerPage(context: Context, all: readonly unknown[], perPage = 20): Response {
  const page = Number(context.req.query('page') ?? 1);
  const size = Number(context.req.query('per_page') ?? perPage);
  const rows = all.slice((page - 1) * size, page * size);
  return answer(context, rows, {
    result_info: {
      page,
      per_page: size,
      count: rows.length,
      total_count: all.length,
      total_pages: Math.ceil(all.length / size),
    },
  });
}

export function refuse(context: Context, { status, code, message }: Refusal): Response {
  return context.json({ success: false, errors: [{ code, message }], messages: [], result: null }, status);
}

export const noAuthentication = () => new Refusal(403, 10000, 'Authentication error');
export const noScript = () => new Refusal(404, 10007, 'This Worker does not exist on your account.');
