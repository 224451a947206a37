import { Command } from '@commander-js/extra-typings';
import type { Act } from '../../act.ts';
import { appOption } from '../../gateway/client.ts';
import { allOption, cursorOption, limitOption } from '../../gateway/pages.ts';
import { examples } from '../../help.ts';
import { listDownloadable, listDownloads, listFiles } from './list-downloads.ts';

/** `floe downloads`: files that customers bought, with an app's secret key. */
export function downloadsCommand(act: Act) {
  const downloads = new Command('downloads').description('files that customers bought: whose, how often');
  examples(
    downloads
      .command('list')
      .description('list the files that a customer may download')
      .requiredOption('--customer <customer>', 'a Polar customer id, or external:<your id>')
      .option('--member <member>', 'of one member of that customer')
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listDownloadable)),
    [['floe downloads list --customer external:user-1', 'what your user can download now']],
  );
  examples(
    downloads
      .command('files')
      .description('list how often each file was downloaded')
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listFiles)),
    [['floe downloads files', 'since the first download']],
  );
  examples(
    downloads
      .command('show')
      .description('list who downloaded a file, newest first, of the last 90 days')
      .argument('<file>', 'its id')
      .addOption(limitOption())
      .addOption(allOption())
      .addOption(cursorOption())
      .addOption(appOption())
      .action(act(listDownloads)),
    [['floe downloads show 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', 'each download with its customer']],
  );
  return downloads;
}
