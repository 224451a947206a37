import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type CheckoutOptions, readCheckout } from '../../gateway/checkout-options.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { describeLink } from './describe-link.ts';

interface Options extends CheckoutOptions, AppOptions {
  label?: string | undefined;
  without?: string[] | undefined;
}

/** What is one thing, of which a new one replaces all. */
const TOGETHER = [
  ['product_id', 'product_ids'],
  ['trial_interval', 'trial_interval_count', 'allow_trial'],
  ['discount_id', 'discount_code'],
] as const;

/** Changes what is named of a checkout link. The API replaces the settings as a whole, so they are read first. */
export async function updateLink(context: Context, id: string, options: Options): Promise<void> {
  const { label, without = [] } = options;
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const named = await readCheckout(call, options);
  const isSame = Object.keys(named).length === 0 && without.length === 0;
  if (isSame && label === undefined)
    throw new CliError(EXIT.usage, 'Name what changes: --label, --without, or what the link sells.');
  const settings = isSame ? undefined : { ...(await readKept(without)), ...named };
  const body = given({ label: label === 'none' ? null : label, settings });
  const link = await call('PATCH /v1/checkout-links/{id}', { params: { id }, body });
  context.out.details(link, describeLink(link));

  async function readKept(away: readonly string[]): Promise<typeof named> {
    const { settings: now } = await call('GET /v1/checkout-links/{id}', { params: { id } });
    const unknown = away.find((name) => !Object.hasOwn(now, name));
    if (unknown !== undefined)
      throw new CliError(EXIT.usage, `--without ${unknown}: The link has no such setting.`, {
        hint: `It has ${Object.keys(now).join(', ')}.`,
      });
    const replaced: readonly string[] = TOGETHER.flatMap((names) =>
      names.some((name) => name in named) ? names : [],
    );
    const kept = Object.entries(now).filter(([name]) => !away.includes(name) && !replaced.includes(name));
    return Object.fromEntries(kept);
  }
}
