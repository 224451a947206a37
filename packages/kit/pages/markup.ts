import type { PageForm } from './data.ts';

/** HTML that is safe to send: `markup` makes it, and escapes everything else that is put into it. */
export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | readonly Part[] | null | undefined | false;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template in which each value is escaped, unless it is markup itself. Values belong into text and quoted attributes. */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { html: texts.reduce((made, text, i) => made + write(parts[i - 1]) + text) };
}

function write(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number')
    return String(part).replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
  if ('html' in part) return part.html;
  return part.map(write).join('');
}

/** A form with its hidden fields. */
export function form({ action, fields }: PageForm, inside: Markup): Markup {
  return markup`<form method="post" action="${action}">
${Object.entries(fields).map(
  ([name, value]) => markup`<input type="hidden" name="${name}" value="${value}">
`,
)}${inside}
</form>`;
}
