import { html, raw } from 'hono/html';

export { html, raw };
export type Html = ReturnType<typeof html>;

/** Text in which what stands between backticks is code. */
export function withCode(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** A name in lower case with hyphens, for an address. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
