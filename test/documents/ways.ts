import type { Block } from './blocks.ts';

/*
 * How each block of code in the documents is checked. A block for which there is no way fails inventory.test.ts: write one here, and let it
 * be true.
 */

const guides = (...names: string[]) => names.map((name) => `docs/guides/${name}.md`);
/** Receivers in other languages: their programs and commands are run together. */
const LANGUAGES = guides('python', 'go', 'php', 'ruby');
/** From an empty folder to a gated page, with the frameworks' own packages. */
const FRAMEWORKS = guides(
  'astro',
  'express',
  'hono',
  'nextjs',
  'sell-a-download',
  'sell-a-page',
  'static-page',
  'sveltekit',
);

export interface Way {
  /** The test or check that compiles, parses or runs the block. */
  by: string;
  languages: readonly string[];
  /** Only of these documents. The check named by `by` names them as well. */
  documents?: readonly string[];
  /** Only below this heading of the second level. */
  part?: string;
}

/** The first that fits a block is its way. */
export const WAYS: readonly Way[] = [
  {
    by: 'test/cloudflare/first-deployment.test.ts',
    languages: ['sh'],
    documents: ['README.md'],
    part: 'Deploy to Cloudflare',
  },
  // With what the commands print.
  {
    by: 'test/cloudflare/first-deployment.test.ts',
    languages: ['sh', 'text'],
    documents: guides('first-deployment'),
  },
  { by: 'test/guides/run.ts', languages: ['sh', 'python', 'go', 'php', 'ruby'], documents: LANGUAGES },
  {
    by: 'test/guides/licences.ts',
    languages: ['sh', 'python', 'go', 'rust'],
    documents: ['docs/offline-licences.md'],
  },
  {
    by: 'test/frameworks/run.ts',
    languages: ['sh', 'js', 'ts', 'tsx', 'astro', 'svelte', 'html', 'md', 'yaml', 'csv'],
    documents: FRAMEWORKS,
  },
  // Every other command: typed into shells, or named there with the reason why not.
  { by: 'test/documents/typing.ts', languages: ['sh'] },

  { by: 'test/kit/package.test.ts', languages: ['ts'], documents: ['packages/kit/README.md'] },
  {
    by: 'test/kit/recipes.test.ts',
    languages: ['ts', 'tsx'],
    documents: ['docs/recipes.md', 'docs/browser.md'],
  },
  // Every other program: compiled against the packed packages.
  { by: 'test/documents/programs.test.ts', languages: ['ts'] },

  // Run by a page of another address, in Chromium.
  { by: 'test/browser/live.test.ts', languages: ['js'], documents: ['README.md'] },

  { by: 'test/proxy/nginx.ts', languages: ['nginx'], documents: ['docs/proxies.md'] },
  { by: 'test/proxy/caddy.ts', languages: ['caddyfile'], documents: ['docs/proxies.md'] },
  // Answers are compared with what a gateway answers, by the commands before them.
  { by: 'test/documents/typing.ts', languages: ['json'] },
  { by: 'test/documents/settings.test.ts', languages: ['yaml', 'toml', 'css', 'html'] },

  { by: 'test/base/payment-states.rules.test.ts', languages: ['mermaid'], documents: ['docs/payments.md'] },
  { by: 'test/local/rooms.test.ts', languages: ['mermaid'], documents: ['docs/architecture.md'] },
  // A picture of the four ways, for the eye. Its routes are compared with those that there are.
  { by: 'test/documents/settings.test.ts', languages: ['mermaid'], documents: ['README.md'] },
];

/** How a block is checked. Undefined: nothing checks it. */
export function wayOf(block: Pick<Block, 'document' | 'language' | 'part'>): Way | undefined {
  return WAYS.find(
    ({ languages, documents, part }) =>
      languages.includes(block.language) &&
      (documents?.includes(block.document) ?? true) &&
      (part === undefined || part === block.part),
  );
}
