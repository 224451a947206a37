import path from 'node:path';
import { comparePages, compareFiles, type LocalFile } from '../../catalog/monakiosk/compare.rules.ts';
import type { CatalogFile } from '../../catalog/model/catalog.rules.ts';
import { configOf, type MonaKiosk, type Remark, remarksOn } from '../../catalog/monakiosk/monakiosk.rules.ts';
import { readMonaKiosk, readState } from '../../catalog/monakiosk/read-monakiosk.ts';
import { type Config, configModel } from '../../catalog/source/config.rules.ts';
import { readContent, readPages } from '../../catalog/source/read-content.ts';
import { describeFault } from '../../catalog/source/yaml-text.rules.ts';
import { checkConfig, CONFIG_FILE, refuseConfig } from '../../catalog/start/check-config.ts';
import { productFrom, textOfConfig } from '../../catalog/start/start.rules.ts';
import { writeNew } from '../../catalog/start/write-new.ts';
import type { Context } from '../../context.ts';
import { count } from '../../words/names.rules.ts';

interface ImportOptions {
  product?: string | undefined;
  dryRun: boolean;
}

/** Writes the configuration that sells what MonaKiosk sells, and says what is not the same. It asks nobody but this machine. */
export async function importMonaKiosk(context: Context, options: ImportOptions): Promise<void> {
  const { cwd, out } = context;
  await refuseConfig(cwd);
  const { file: from, astro, mona } = await readMonaKiosk(cwd);
  const proposed = productFrom(mona.polar?.organizationSlug ?? path.basename(cwd));
  const product = options.product ?? (await askProduct(context, proposed));
  const written = checkConfig(configOf(mona, astro, product));
  const config = configModel.parse(written);
  const text = textOfConfig(written);
  const { pages, sold, paths } = await readContent(config, cwd);
  const remarks = [
    ...remarksOn(mona, astro),
    ...(await remarksOnPages(config, mona, cwd)),
    ...compareFiles(await readState(cwd), localFiles([...sold.values()], paths, cwd)),
  ];
  if (!options.dryRun) await writeNew(cwd, CONFIG_FILE, text);
  const mode = mona.polar?.server === 'production' ? 'live' : 'sandbox';
  const next = [
    `Set POLAR_${mode.toUpperCase()}_ACCESS_TOKEN to the organization’s token (MonaKiosk calls it POLAR_ACCESS_TOKEN).`,
    `floe catalog plan${mode === 'live' ? ' --mode live' : ''} finds what MonaKiosk has made, and creates no product for it.`,
    `Take monaKiosk() out of ${from} before the push: the next build with it would undo the names, and make products anew.`,
  ];
  const { products, faults } = pages;
  out.result(
    {
      from,
      file: CONFIG_FILE,
      written: !options.dryRun,
      config: written,
      pages: products.length,
      remarks,
      faults,
      next,
    },
    [
      `${options.dryRun ? 'Would write' : 'Wrote'} ${CONFIG_FILE} from ${from}: ${count(products.length, 'page')} with a price.`,
      '',
      text,
      ...listed('To mend before a push:', faults.map(describeFault)),
      ...listed(
        'Not the same:',
        remarks.map(({ what, message }) => `${what}: ${message}`),
      ),
      'Next:',
      ...next.map((each, i) => `  ${i + 1}. ${each}`),
    ].join('\n'),
  );
}

const askProduct = ({ out, options: { yes } }: Context, proposed: string): Promise<string> | string =>
  yes
    ? proposed
    : out.askText('What is the product’s slug, as its app at the gateway has it?', {
        initial: proposed,
        instead: 'Add --product quay.',
      });

async function remarksOnPages(config: Config, mona: MonaKiosk, folder: string): Promise<Remark[]> {
  const all: Remark[] = [];
  for (const [i, collection] of mona.collections.entries()) {
    const content = config.content.slice(i, i + 1);
    all.push(...comparePages(config, collection, await readPages({ content }, folder)));
  }
  return all;
}

const localFiles = (
  files: readonly CatalogFile[],
  paths: ReadonlyMap<string, string>,
  cwd: string,
): LocalFile[] =>
  files.map(({ key, name, checksum_sha256_base64: checksum }) => ({
    file: path.relative(cwd, paths.get(key) ?? name).replaceAll('\\', '/'),
    checksum: Buffer.from(checksum, 'base64').toString('hex'),
  }));

const listed = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((each) => `  - ${each}`), ''];
