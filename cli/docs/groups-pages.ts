import type { Document } from './document.ts';
import { html, withCode } from './html.ts';
import { operationSection } from './operation-section.ts';
import type { Group } from './operations.ts';
import type { DocPage } from './site.ts';

/** The reference's page of a group of operations. */
export async function groupPage(document: Document, group: Group): Promise<DocPage> {
  const { name, slug, description, operations } = group;
  const url = `/docs/api/${slug}`;
  return {
    url,
    title: name,
    description,
    body: html`<h1>${name}</h1>
      <p class="lead">${withCode(description)}</p>
      <ul class="index">
        ${operations.map(
          ({ id, method, route, title }) =>
            html`<li>
              <a href="#${id}">${title}</a>
              <span class="where"
                ><span class="method ${method.toLowerCase()}">${method}</span> <code>${route}</code></span
              >
            </li>`,
        )}
      </ul>
      ${await Promise.all(operations.map((operation) => operationSection(document, operation)))}`,
    headings: operations.map(({ id, title }) => ({ id, title, depth: 2 })),
    entries: operations.map(({ id, title, method, route, object }) => ({
      title,
      page: name,
      url: `${url}#${id}`,
      text: `${object.description ?? ''} ${method} ${route}`,
    })),
    isReference: true,
  };
}
