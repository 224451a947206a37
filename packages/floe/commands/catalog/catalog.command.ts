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
const archiveOption = () => new Option('--archive', 'archive what left the source').default(false);

/** `floe catalog`: what is sold, as files of the repository. */
export function catalogCommand(act: Act) {
  const catalog = new Command('catalog').description('what is sold, as files: plan, push, check');
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
      .option('--dry-run', 'say what would be done, and do nothing', false)
      .addOption(configOption())
      .addHelpText('after', '\nIn live it asks first; --yes does not ask.')
      .action(
        act(async (context, options) => (await import('./push-catalog.ts')).pushCatalog(context, options)),
      ),
    [
      ['floe catalog push', 'into the sandbox'],
      ['floe catalog push --mode live --yes', 'in CI, when the plan has been read'],
      ['floe catalog push --both', 'into the sandbox, and then into live, for which it asks'],
    ],
  );
  examples(
    catalog
      .command('audit')
      .description('check the files and Polar against the conventions')
      .addOption(modeOption())
      .addOption(
        new Option('--format <format>', 'how findings are printed')
          .choices(['text', 'markdown', 'sarif'] as const)
          .default('text' as const),
      )
      .addOption(configOption())
      .action(
        act(async (context, options) => (await import('./audit-catalog.ts')).auditCatalog(context, options)),
      ),
    [['floe catalog audit --format sarif > catalog.sarif', 'for a pull request']],
  );
  return catalog;
}
