import { PROBLEMS, type ProblemCode } from '../../src/base/problem.ts';
import { PROBLEM_DOCS } from '../../src/problems.docs.ts';
import { codeBlock } from './highlight.ts';
import { type Html, html, withCode } from './html.ts';
import type { Group } from './operations.ts';
import type { DocPage } from './site.ts';

const PAGE_URL = '/docs/errors';

/** Where a problem is explained. */
export function problemUrl(code: string): string {
  return `${PAGE_URL}#${code}`;
}

/** Every problem by its code: what it means, why it comes, and what to do. */
export async function problemsPage(groups: readonly Group[]): Promise<DocPage> {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  const body = html`<h1>Errors</h1>
    <p>
      An error is a problem as RFC 9457 describes it, with the type <code>application/problem+json</code>.
      Decide by its <code>code</code>: codes do not change. Show or log its <code>detail</code>, which says
      what was wrong this time.
    </p>
    ${await codeBlock(SAMPLE, 'json')}
    <p>
      <code>errors</code> names the fields that are wrong. <code>Retry-After</code> says in how many seconds
      asking again makes sense. Every answer has an <code>X-Request-Id</code>, by which the operator finds it
      in the logs.
    </p>
    ${codes.map((code) => problem(code, groups))}`;
  return {
    url: PAGE_URL,
    title: 'Errors',
    description: 'Every error by its code, with its cause and what to do.',
    body,
    headings: codes.map((code) => ({ id: code, title: code, depth: 2 })),
    entries: codes.map((code) => ({
      title: code,
      page: 'Errors',
      url: problemUrl(code),
      text: [PROBLEMS[code][1], PROBLEM_DOCS[code].cause, PROBLEM_DOCS[code].mend].join(' '),
    })),
    isReference: true,
  };
}

function problem(code: ProblemCode, groups: readonly Group[]): Html {
  const [status, title] = PROBLEMS[code];
  const { cause, mend, more } = PROBLEM_DOCS[code];
  return html`<section class="problem" id="${code}">
    <h2><code>${code}</code> <span class="status">${status}</span></h2>
    <p class="lead">${withCode(title)}</p>
    <dl>
      <dt>Cause</dt>
      <dd>${withCode(cause)}</dd>
      <dt>What to do</dt>
      <dd>${withCode(mend)}${more ? html` <a href="${more.url}">${more.title}</a>` : ''}</dd>
    </dl>
    ${whereFrom(code, groups)}
  </section> `;
}

function whereFrom(code: ProblemCode, groups: readonly Group[]): Html | string {
  const found = groups.flatMap(({ slug, operations }) =>
    operations.filter(({ problems }) => problems.includes(code)).map((operation) => ({ slug, operation })),
  );
  if (found.length === 0) return html`<p class="from">Any address may answer with it.</p>`;
  return html`<details class="from">
    <summary>Answered by ${found.length === 1 ? 'one operation' : `${found.length} operations`}</summary>
    <ul>
      ${found.map(
        ({ slug, operation }) =>
          html`<li>
            <a href="/docs/api/${slug}#${operation.id}"
              ><code>${operation.method} ${operation.route}</code></a
            >
          </li>`,
      )}
    </ul>
  </details>`;
}

const SAMPLE = JSON.stringify(
  {
    type: 'about:blank',
    title: PROBLEMS.validation_failed[1],
    status: 422,
    code: 'validation_failed',
    detail: 'body.product_id: Must be a UUID.',
    request_id: 'req_1d2c3b4a-5f6e-4d7c-8b9a-0f1e2d3c4b5a',
    errors: [{ path: 'body.product_id', message: 'Must be a UUID.' }],
  },
  null,
  2,
);
