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
import { readConfigValue } from '../../catalog/source/config.rules.ts';
import type { ConfigInput } from '../../catalog/source/define-config.ts';
import { plainIssues } from '../../catalog/source/issues.rules.ts';
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
  const next = nextSteps(context, config, found[0]);
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

/** What is not given is asked where somebody can be; --yes takes what is proposed. What is given is checked before anything is asked. */
async function askConfig(
  { cwd, out, options: { yes }, isInteractive }: Context,
  { product, siteUrl, content }: InitOptions,
  patterns: readonly string[],
): Promise<ConfigInput> {
  const proposed = patterns.length === 0 ? [FIRST_PATTERN] : [...patterns];
  const asks = isInteractive && !yes;
  checkConfig({
    product: product?.trim() ?? 'quay',
    ...(siteUrl === undefined || siteUrl.trim() === '' ? {} : { siteUrl: siteUrl.trim() }),
  });
  const slug =
    product ??
    (yes
      ? productFrom(await nameOf(cwd))
      : await askChecked(out, 'What is the product’s slug, as its app at the gateway has it?', {
          initial: productFrom(await nameOf(cwd)),
          instead: 'Add --product quay.',
          findFault: (answer) => faultOf({ product: answer }),
        }));
  const address =
    siteUrl ??
    (asks
      ? await askChecked(out, 'What is the site’s address, for the note that buyers get? Empty: none yet', {
          instead: 'Add --site-url.',
          findFault: (answer) =>
            answer === '' ? undefined : faultOf({ product: slug.trim(), siteUrl: answer }),
        })
      : '');
  const where =
    content ??
    (asks
      ? wordsOf(
          await askChecked(out, 'Which pages may have a price? Patterns, with a space between them', {
            initial: proposed.join(' '),
            instead: 'Add --content.',
            findFault: (answer) =>
              answer === '' ? `must be a pattern, such as ${FIRST_PATTERN}` : undefined,
          }),
        )
      : proposed);
  return {
    product: slug.trim(),
    ...(address.trim() === '' ? {} : { siteUrl: address.trim() }),
    content: where,
  };
}

const wordsOf = (text: string) => text.split(/\s+/).filter((each) => each !== '');

/** What is wrong with a part of a configuration. */
function faultOf(config: ConfigInput): string | undefined {
  const { error } = readConfigValue(config);
  return error && plainIssues(error.issues)[0]?.message;
}

interface Question {
  initial?: string;
  instead: string;
  findFault: (answer: string) => string | undefined;
}

/** Asks until the answer is one. */
async function askChecked(
  out: Context['out'],
  question: string,
  { findFault, ...options }: Question,
): Promise<string> {
  for (let asked = question; ;) {
    const answer = (await out.askText(asked, options)).trim();
    const fault = findFault(answer);
    if (fault === undefined) return answer;
    asked = `${answer === '' ? 'It' : `"${answer}"`} ${fault}. ${question}`;
  }
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

function nextSteps({ env }: Context, { product, siteUrl }: ConfigInput, page: string | undefined): string[] {
  const token = env['POLAR_SANDBOX_ACCESS_TOKEN']
    ? []
    : [
        `Make an access token of your sandbox organization at ${settingsPage({ mode: 'sandbox' })}, and set POLAR_SANDBOX_ACCESS_TOKEN to it.`,
      ];
  const price =
    page === undefined ? [] : [`Add a price to the frontmatter of a page, such as price: 700 in ${page}.`];
  // The gateway is not asked: it may be set up after this.
  const app = `floe apps create ${product} --mode sandbox --callback ${siteUrl ?? 'https://…'} makes its app at the gateway, unless it is there already (floe apps list).`;
  return [
    ...token,
    app,
    ...price,
    'floe catalog plan says what the sandbox would get.',
    'floe catalog push makes it sell that, and writes floe.lock.json. Commit both files.',
  ];
}
