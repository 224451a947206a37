import { Command, Option } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { examples } from '../../help.ts';

/* What the commands do is loaded when one is typed: YAML, globs and schemas are for the catalogue alone. */

const configOption = () => new Option('--config <file>', 'the configuration; floe.config.yaml unless given');
const modeOption = () =>
  new Option('--mode <mode>', 'of which of Polar’s environments')
    .choices(['sandbox', 'live'] as const)
    .default('sandbox' as const);
const bothOption = () => new Option('--both', 'of sandbox, then of live').conflicts('mode').default(false);
const dryRunOption = () => new Option('--dry-run', 'say what would be done, and do nothing').default(false);
const noLockOption = () => new Option('--no-lock', 'leave the lock file as it is');
const archiveOption = () => new Option('--archive', 'archive what left the source').default(false);

const gatewayOption = () =>
  new Option('--gateway <url>', 'ask this gateway for its apps, with the operator’s token');

/** `floe catalog`: what is sold, as files of the repository. */
export function catalogCommand(act: Act) {
  const catalog = new Command('catalog').description('what is sold, as files: plan, push, check');
  examples(
    catalog
      .command('init')
      .description('write a configuration, and a page with a price')
      .option('--product <slug>', 'the product, as its app at the gateway is called')
      .option('--site-url <url>', 'where the site is')
      .option('--content <pattern...>', 'pages that may have a price')
      .addOption(dryRunOption())
      .addHelpText('after', '\nIt asks for what is not given. Nothing is overwritten.')
      .action(
        act(async (context, options) => (await import('./init-catalog.ts')).initCatalog(context, options)),
      ),
    [
      ['floe catalog init', 'asks, and proposes what the folder tells'],
      ["floe catalog init --product quay --content 'content/blog/*.md'", 'asks nothing in CI'],
    ],
  );
  examples(
    catalog
      .command('plan')
      .description('say what a push would change')
      .addOption(modeOption())
      .addOption(bothOption())
      .addOption(archiveOption())
      .addOption(configOption())
      .addHelpText('after', '\nIt ends with exit code 2 when something would change.')
      .action(
        act(async (context, options) => (await import('./plan-catalog.ts')).planCatalog(context, options)),
      ),
    [
      ['floe catalog plan', 'what the sandbox lacks'],
      ['floe catalog plan --mode live --json', 'for a pull request'],
      ['floe catalog plan --both', 'of both, with the first exit code that is not 0'],
    ],
  );
  examples(
    catalog
      .command('push')
      .description('make Polar sell what the files say')
      .addOption(modeOption())
      .addOption(bothOption())
      .addOption(archiveOption())
      .addOption(dryRunOption())
      .addOption(noLockOption())
      .addOption(gatewayOption())
      .addOption(configOption())
      .addHelpText('after', '\nIn live it asks first; --yes does not ask.')
      .action(
        act(async (context, options) => (await import('./push-catalog.ts')).pushCatalog(context, options)),
      ),
    [
      ['floe catalog push', 'into the sandbox'],
      ['floe catalog push --mode live --yes', 'in CI, when the plan has been read'],
      ['floe catalog push --both', 'into the sandbox, and then into live, for which it asks'],
      ['floe catalog push --no-lock', 'into a simulated Polar that begins afresh each time'],
    ],
  );
  examples(
    catalog
      .command('pull [names...]')
      .description('write what Polar has as a configuration')
      .addOption(modeOption())
      .option('--all', 'of every product of the organization, each in a folder of its own', false)
      .addOption(
        new Option('--take <name>', 'also products that nobody claims, by name; * for anything; repeatable')
          .argParser((name: string, before: string[]) => [...before, name])
          .default([] as string[]),
      )
      .option('--no-files', 'leave the files at Polar')
      .option('--force', 'write over a configuration that is there', false)
      .option('--dry-run', 'print the configuration, and write nothing', false)
      .addOption(configOption())
      .addHelpText(
        'after',
        '\nNames are of products, with * for anything, or the slug that begins them.\nPages that are sold by their frontmatter are left to it.',
      )
      .action(
        act(async (context, names, options) =>
          (await import('./pull-catalog.ts')).pullCatalog(context, names, options),
        ),
      ),
    [
      ['floe catalog pull quay', 'all that the sandbox has of quay'],
      ["floe catalog pull 'quay:*' --mode live --dry-run", 'to read it'],
      ["floe catalog pull quay --take 'Pro *'", 'with what was made before it had an owner'],
    ],
  );
  examples(
    catalog
      .command('promote [names...]')
      .description('make live sell what the sandbox sells, or the other way')
      .addOption(
        new Option('--from <mode>', 'what is taken')
          .choices(['sandbox', 'live'] as const)
          .default('sandbox' as const),
      )
      .addOption(
        new Option('--to <mode>', 'what is changed')
          .choices(['sandbox', 'live'] as const)
          .default('live' as const),
      )
      .addOption(archiveOption())
      .addOption(dryRunOption())
      .addOption(noLockOption())
      .addOption(configOption())
      .addHelpText('after', '\nIt shows what would change, and asks before live; --yes does not ask.')
      .action(
        act(async (context, names, options) =>
          (await import('./promote-catalog.ts')).promoteCatalog(context, names, options),
        ),
      ),
    [
      ['floe catalog promote --dry-run', 'what live lacks of it'],
      ["floe catalog promote 'quay:pro-*' --from sandbox --to live", 'some products, with what they give'],
    ],
  );
  examples(
    catalog
      .command('audit')
      .description('check the files and Polar against the conventions')
      .addOption(modeOption())
      .addOption(bothOption())
      .addOption(
        new Option('--format <format>', 'how findings are printed')
          .choices(['text', 'markdown', 'sarif'] as const)
          .default('text' as const),
      )
      .option('--sarif <file>', 'write SARIF into this file as well')
      .addOption(
        new Option('--files', 'check the files alone: no token is needed')
          .conflicts(['both', 'gateway'])
          .default(false),
      )
      .addOption(gatewayOption())
      .addOption(configOption())
      .addHelpText(
        'after',
        '\nIt ends with exit code 1 when it finds an error.\nAll rules: docs/catalog-rules.md',
      )
      .action(
        act(async (context, options) => (await import('./audit-catalog.ts')).auditCatalog(context, options)),
      ),
    [
      ['floe catalog audit --both', 'the files, Polar and the gateway in use'],
      ['floe catalog audit --format markdown --sarif catalog.sarif', 'for a pull request'],
    ],
  );
  examples(
    catalog
      .command('upload')
      .description('upload the files that pages give, as far as Polar lacks them')
      .argument('[files...]', 'these files alone')
      .addOption(modeOption())
      .addOption(dryRunOption())
      .addOption(configOption())
      .addHelpText('after', '\nA push uploads them too. What Polar has is known by its checksum.')
      .action(
        act(async (context, files, options) =>
          (await import('./upload-files.ts')).uploadFiles(context, files, options),
        ),
      ),
    [
      ['floe catalog upload', 'those of all pages, before the push'],
      ['floe catalog upload book.pdf --mode live', 'one file'],
    ],
  );
  examples(
    catalog
      .command('open')
      .description('open a product’s page in Polar’s dashboard')
      .argument('<product>', 'quay:monthly, monthly, or the content id of a page')
      .addOption(modeOption())
      .addOption(configOption())
      .addHelpText('after', '\nWhere there is no browser it prints the address.')
      .action(
        act(async (context, product, options) =>
          (await import('./open-product.ts')).openProduct(context, product, options),
        ),
      ),
    [
      ['floe catalog open monthly', 'the plan of floe.config.yaml, in the sandbox'],
      ['floe catalog open blog/tides --mode live', 'what sells a page'],
    ],
  );
  examples(
    catalog
      .command('import-monakiosk')
      .description('write the configuration that sells what MonaKiosk sells')
      .option('--product <slug>', 'the product, as its app at the gateway is called')
      .addOption(dryRunOption())
      .addHelpText('after', '\nIt reads astro.config.* and mona-kiosk/state.json, and says what differs.')
      .action(
        act(async (context, options) =>
          (await import('./import-monakiosk.ts')).importMonaKiosk(context, options),
        ),
      ),
    [['floe catalog import-monakiosk --product quay', 'then: floe catalog plan']],
  );
  return catalog;
}
