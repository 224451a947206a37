import { html } from 'hono/html';
import * as z from 'zod/mini';
import { page, pagePolicy } from './page.ts';
import { prefersHtml } from './prefers-html.ts';

const shown = z.object({
  title: z.string(),
  detail: z.optional(z.string()),
  status: z.number(),
  code: z.string(),
  request_id: z.string(),
});

/**
 * A problem as a small page with the same status, for clients that prefer HTML. The page for 503 and 429 reloads itself.
 */
export async function showProblem(request: Request, response: Response): Promise<Response> {
  if (!prefersHtml(request.headers.get('accept'))) return response;
  const { status } = response;
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  headers.set('content-type', 'text/html; charset=utf-8');
  headers.set('content-security-policy', pagePolicy());
  headers.set('cache-control', 'no-store');
  headers.append('vary', 'Accept');
  const retryAfter = headers.get('retry-after');
  if (retryAfter !== null) headers.set('refresh', retryAfter);
  const problem = shown.parse(await response.json());
  return new Response(String(await render(problem, retryAfter !== null)), { status, headers });
}

function render(problem: z.output<typeof shown>, mayTryAgain: boolean) {
  const { title, detail, status, code, request_id } = problem;
  return page(
    title,
    html`<p class="kicker">${status}</p>
      <h1>${withCode(title)}</h1>
      <p>
        ${withCode(detail ?? (status === 401 ? 'This address is for programs.' : 'Please go back and try again.'))}
      </p>
      ${mayTryAgain ? html`<p>This page tries again by itself. <a href="">Try again now</a></p>` : ''}
      ${code === 'not_found' ? html`<p><a href="/">What is here</a></p>` : ''}
      <p class="small">
        <a href="/docs/errors#${code}"><code>${code}</code></a> · <code>${request_id}</code>
      </p>`,
  );
}

/** Text between backticks is code. */
const withCode = (text: string) =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
