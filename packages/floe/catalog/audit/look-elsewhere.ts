import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { lookThere, openCatalog } from '../open-catalog.ts';
import type { Source } from '../source/read-source.ts';
import type { Known, OtherSide } from './facts.rules.ts';

/** What Polar has in the environment that is not `mode`, or why that is not known: nobody has to have both tokens. @throws {CliError} */
export async function lookElsewhere(context: Context, source: Source, mode: Mode): Promise<Known<OtherSide>> {
  const other = mode === 'live' ? 'sandbox' : 'live';
  try {
    const polar = await openCatalog(context, source.config.product, other);
    return { value: { mode: other, there: await lookThere(polar, source) } };
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.refused) throw error;
    return { why: error.message };
  }
}
