import { type ShjLanguage, tokenize } from '@speed-highlight/core';
import { type Html, html } from './html.ts';

/** What documents call languages, and what the highlighter does. What is not here is shown plain. */
const LANGUAGES: Readonly<Record<string, ShjLanguage>> = {
  sh: 'bash',
  bash: 'bash',
  shell: 'bash',
  js: 'js',
  ts: 'ts',
  tsx: 'ts',
  jsx: 'js',
  astro: 'ts',
  svelte: 'html',
  json: 'json',
  python: 'py',
  py: 'py',
  go: 'go',
  html: 'html',
  css: 'css',
  yaml: 'yaml',
  toml: 'toml',
  sql: 'sql',
  http: 'http',
};

/** Code as HTML: its words in spans with a class for each kind, `t-kwd`. */
export async function highlight(code: string, language: string): Promise<Html> {
  const known = LANGUAGES[language];
  if (known === undefined) return html`${code}`;
  const parts: Html[] = [];
  await tokenize(code, known, (text, kind) => {
    parts.push(kind === undefined ? html`${text}` : html`<span class="t-${kind}">${text}</span>`);
  });
  return html`${parts}`;
}

const NAMES: Readonly<Record<string, string>> = {
  sh: 'Shell',
  ts: 'TypeScript',
  tsx: 'TypeScript',
  js: 'JavaScript',
  json: 'JSON',
  python: 'Python',
  go: 'Go',
  php: 'PHP',
  ruby: 'Ruby',
  html: 'HTML',
  astro: 'Astro',
  svelte: 'Svelte',
  nginx: 'nginx',
  toml: 'TOML',
  yaml: 'YAML',
  mermaid: 'Diagram as text (Mermaid)',
};

/** A block of code with its language and a button that copies it. `title`: instead of the language. */
export async function codeBlock(code: string, language: string, title?: string): Promise<Html> {
  const name = title ?? NAMES[language] ?? (language === '' ? 'Text' : language);
  return html`<figure class="code">
    <figcaption>${name}${copyButton()}</figcaption>
    <pre><code>${await highlight(code.replace(/\n$/, ''), language)}</code></pre>
  </figure>`;
}

/** Shown where there are scripts. */
export function copyButton(): Html {
  return html`<button class="copy" type="button" aria-label="Copy this code">Copy</button>`;
}
