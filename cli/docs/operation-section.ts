import { PROBLEMS } from '../../src/base/problem.ts';
import { type Document, jsonOf, type Json, mediaTypesOf, record, resolve, textOf } from './document.ts';
import { codeBlock, copyButton, highlight } from './highlight.ts';
import { type Html, html, withCode } from './html.ts';
import type { Operation } from './operations.ts';
import { problemUrl } from './problems-page.ts';
import { LANGUAGES } from './samples/request.ts';
import { writeSample } from './samples/write-samples.ts';
import { fieldList, schemaTree } from './schema.ts';

/** One operation: what it does, takes and answers, and beside that how it is called. */
export async function operationSection(document: Document, operation: Operation): Promise<Html> {
  const { id, title, method, route, object } = operation;
  return html`<section class="operation" id="${id}" aria-labelledby="${id}-title">
    <div class="about">
      <h2 id="${id}-title"><a class="anchor" href="#${id}">${title}</a></h2>
      <p class="route"><span class="method ${method.toLowerCase()}">${method}</span> <code>${route}</code></p>
      ${description(object.description ?? '')}
      <p class="callers">${callers(operation)}${scope(operation)}</p>
      ${parameters(document, operation)} ${requestBody(document, operation)} ${answers(document, operation)}
      ${problems(operation)}
    </div>
    <div class="examples">${await samples(operation)} ${await answerExample(document, operation)}</div>
  </section> `;
}

/** What is longer than this many sentences is a list behind its first. */
const MOST_SENTENCES = 3;

function description(text: string): Html {
  const [first = '', ...rest] = text.split(/(?<=[.!?]) (?=[A-Z`“])/);
  if (rest.length < MOST_SENTENCES) return html`<p>${withCode(text)}</p>`;
  return html`<p>${withCode(first)}</p>
    <ul>
      ${rest.map((sentence) => html`<li>${withCode(sentence)}</li>`)}
    </ul>`;
}

const CALLERS: Readonly<Record<string, string>> = {
  secret: 'a secret key',
  publishable: 'a publishable key',
  session: 'a session’s token',
  operator: 'the operator’s token',
};

function callers({ credentials }: Operation): string {
  const names = credentials.map((name) => CALLERS[name] ?? name);
  return names.length === 0 ? 'Called without a key.' : `Called with ${names.join(' or ')}.`;
}

function scope({ scope: needed }: Operation): Html | string {
  if (needed === undefined) return '';
  return html` A key with <a href="/docs/keys#scopes">scopes</a> needs <code>${needed}</code>.`;
}

const PLACES = [
  ['path', 'In the path'],
  ['query', 'In the query'],
  ['header', 'Headers'],
] as const;

function parameters(document: Document, { parameters: all }: Operation): Html {
  return html`${PLACES.map(([place, title]) => {
    const here = all.filter((each) => each['in'] === place);
    if (here.length === 0) return '';
    const fields = here.map((each) => ({
      name: each['style'] === 'deepObject' ? `${String(each['name'])}[…]` : String(each['name']),
      schema: record(each['schema'] ?? {}),
      isRequired: each['required'] === true,
      ...(typeof each['description'] === 'string' ? { description: each['description'] } : {}),
    }));
    return html`<h3>${title}</h3>
      ${fieldList(document, fields)}`;
  })}`;
}

function requestBody(document: Document, { object }: Operation): Html | string {
  if (object.requestBody === undefined) return '';
  const { schema } = jsonOf(document, object.requestBody);
  if (schema)
    return html`<h3>Body</h3>
      ${schemaTree(document, schema)}`;
  const form = mediaTypesOf(document, object.requestBody).join(', ');
  return html`<h3>Body</h3>
    <p>A form of the gateway’s own page (<code>${form}</code>).</p>`;
}

function answers(document: Document, { object }: Operation): Html {
  const good = Object.entries(object.responses ?? {}).filter(([status]) => /^[123]/.test(status));
  return html`<h3>Answers</h3>
    <ul class="answers">
      ${good.map(([status, response]) => answer(document, status, resolve(document, response).value))}
    </ul>`;
}

function answer(document: Document, status: string, response: Json): Html {
  const { schema } = jsonOf(document, response);
  const types = mediaTypesOf(document, response).filter((type) => type !== 'application/json');
  return html`<li>
    <p>
      <span class="status">${status}</span>
      ${withCode(textOf(response, 'description'))}${types.length === 0 ? '' : html` <code>${types.join(', ')}</code>`}
    </p>
    ${headers(document, response)}
    ${
      schema
        ? html`<details>
            <summary>Fields of the answer</summary>
            ${schemaTree(document, schema)}
          </details>`
        : ''
    }
  </li> `;
}

/** Headers that are worth a word: every answer has the request's id. */
function headers(document: Document, response: Json): Html | string {
  const named = Object.entries(record(response['headers'] ?? {})).filter(
    ([name]) => name.toLowerCase() !== 'x-request-id',
  );
  if (named.length === 0) return '';
  return html`<ul class="headers">
    ${named.map(
      ([name, header]) =>
        html`<li>
          <code>${name}</code> ${withCode(textOf(resolve(document, header).value, 'description'))}
        </li>`,
    )}
  </ul>`;
}

function problems({ problems: codes }: Operation): Html | string {
  if (codes.length === 0) return '';
  return html`<h3>Errors</h3>
    <ul class="codes">
      ${codes.map(
        (code) =>
          html`<li>
            <a href="${problemUrl(code)}"><code>${code}</code></a>
            <span class="status">${PROBLEMS[code][0]}</span>
          </li>`,
      )}
    </ul>`;
}

/** The call in every language. Without scripts all of them are shown, one after the other. */
async function samples(operation: Operation): Promise<Html> {
  const { method, sample, id, title, namesProduct } = operation;
  if (!operation.isCalled)
    return method === 'GET' ? codeBlock(`$FLOE_URL${sample.path}`, 'sh', 'Open in a browser') : html``;
  const panels = await Promise.all(
    LANGUAGES.map(
      async ({ id: language, name, code }) =>
        html`<div class="sample" data-lang="${language}" id="${id}-${language}">
          <p class="sample-name">${name}</p>
          <pre><code>${await highlight(writeSample(language, sample).trimEnd(), code)}</code></pre>
        </div> `,
    ),
  );
  return html`<div
    class="samples code"
    data-key="${sample.key ?? ''}"
    ${namesProduct ? html` data-product` : ''}
  >
    <div class="tabs scripted" data-label="Language of the call: ${title}">
      ${LANGUAGES.map(({ id: language, name }) => html`<button type="button" data-lang="${language}" data-panel="${id}-${language}">${name}</button>`)}
    </div>
    ${copyButton()} ${panels}
    <p class="unset">${unset(sample.key)}</p>
  </div>`;
}

/** Where the values come from that a sample reads. */
function unset(key: string | undefined): Html {
  const names = ['FLOE_URL', ...(key === undefined ? [] : [key])];
  return html`<a href="/docs/#values"
    >How to set ${names.map((name, index) => html`${index === 0 ? '' : ' and '}<code>${name}</code>`)}</a
  >`;
}

async function answerExample(document: Document, { object }: Operation): Promise<Html | string> {
  for (const [status, response] of Object.entries(object.responses ?? {})) {
    if (!status.startsWith('2')) continue;
    const { example } = jsonOf(document, response);
    if (example !== undefined) return codeBlock(JSON.stringify(example, null, 2), 'json', `Answer ${status}`);
  }
  return '';
}
