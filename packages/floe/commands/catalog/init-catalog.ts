import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { checkConfig, CONFIG_FILE, refuseConfig } from '../../catalog/start/check-config.ts';
import {
  EXAMPLE,
  exampleFor,
  FIRST_PATTERN,
  patternsFrom,
  productFrom,
  textOfConfig,
} from '../../catalog/start/start.rules.ts';
import { writeNew } from '../../catalog/start/write-new.ts';
import type { ConfigInput } from '../../catalog/source/define-config.ts';
import type { Context } from '../../context.ts';
import { settingsPage } from '../../polar/organization.ts';

interface InitOptions {
  product?: string | undefined;
  siteUrl?: string | undefined;
  content?: string[] | undefined;
  dryRun: boolean;
}

/** Writes a configuration, and a page with a price where the site has none, and says what comes next. */
export async function initCatalog(context: Context, options: InitOptions): Promise<void> {
  const { cwd, out } = context;
  await refuseConfig(cwd);
  const pages = await glob('{src/content,content}/**/*.{md,mdx}', { cwd, onlyFiles: true });
  const config = checkConfig(await askConfig(context, options, patternsFrom(pages)));
  const content = (config.content ?? []) as string[];
  const found = (await glob(content, { cwd, onlyFiles: true })).toSorted();
  const example = found.length > 0 ? undefined : content.map(exampleFor).find((each) => each !== undefined);
  // The configuration comes last: a run that ends before it is simply begun again.
  const files = [
    ...(example === undefined ? [] : [{ file: example, text: EXAMPLE }]),
    { file: CONFIG_FILE, text: textOfConfig(config) },
  ];
  if (!options.dryRun) for (const { file, text } of files) await writeNew(cwd, file, text);
  const next = nextSteps(context, found[0]);
  out.result(
    { files: files.map(({ file }) => file), written: !options.dryRun, next },
    [
      ...files.map(({ file }) => `${options.dryRun ? 'Would write' : 'Wrote'} ${file}`),
      '',
      textOfConfig(config),
      'Next:',
      ...next.map((each, i) => `  ${i + 1}. ${each}`),
    ].join('\n'),
  );
}

/** What is not given is asked where somebody can be; --yes takes what is proposed. */
async function askConfig(
  { cwd, out, options: { yes }, isInteractive }: Context,
  { product, siteUrl, content }: InitOptions,
  patterns: readonly string[],
): Promise<ConfigInput> {
  const proposed = patterns.length === 0 ? [FIRST_PATTERN] : [...patterns];
  const asks = isInteractive && !yes;
  const slug =
    product ??
    (yes
      ? productFrom(await nameOf(cwd))
      : await out.askText('The slug of the product, as its app at the gateway has it: quay', {
          initial: productFrom(await nameOf(cwd)),
          instead: 'Add --product quay.',
        }));
  const address =
    siteUrl ??
    (asks
      ? await out.askText('The site’s address, https://…, for the note that buyers get. Empty: none yet', {
          instead: 'Add --site-url.',
        })
      : '');
  const where =
    content ??
    (asks
      ? (
          await out.askText('Where pages are that may have a price: patterns, with a space between them', {
            initial: proposed.join(' '),
            instead: 'Add --content.',
          })
        )
          .split(/\s+/)
          .filter((each) => each !== '')
      : proposed);
  return {
    product: slug.trim(),
    ...(address.trim() === '' ? {} : { siteUrl: address.trim() }),
    content: where,
  };
}

/** Of the package in this folder, else the folder's own. */
async function nameOf(cwd: string): Promise<string> {
  const text = await readFile(path.join(cwd, 'package.json'), 'utf8').catch(() => '{}');
  try {
    const { name } = JSON.parse(text) as { name?: unknown };
    if (typeof name === 'string') return name;
  } catch {
    // A file that is not JSON has no name.
  }
  return path.basename(cwd);
}

function nextSteps({ env }: Context, page: string | undefined): string[] {
  const token = env['POLAR_SANDBOX_ACCESS_TOKEN']
    ? []
    : [
        `Make an access token of your sandbox organization at ${settingsPage({ mode: 'sandbox' })}, and set POLAR_SANDBOX_ACCESS_TOKEN to it.`,
      ];
  const price =
    page === undefined ? [] : [`Add a price to the frontmatter of a page, such as price: 700 in ${page}.`];
  return [
    ...token,
    ...price,
    'floe catalog plan says what the sandbox would get.',
    'floe catalog push makes it sell that, and writes floe.lock.json. Commit both files.',
  ];
}
