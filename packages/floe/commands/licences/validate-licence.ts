import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';
import { usedOf } from './describe-licence.ts';

type Check = Answer<'POST /v1/license-keys/validate'>;

interface Options extends AppOptions {
  stdin?: true | undefined;
  activation?: string | undefined;
  benefit?: string | undefined;
  maxAge?: number | undefined;
}

/** What a no means, by its code. */
const NOES: Readonly<Record<Exclude<Check['code'], 'valid'>, string>> = {
  not_found: 'This app has no such licence key.',
  wrong_product: 'This key is of another benefit.',
  revoked: 'This key was taken back: its purchase was refunded or has ended, or somebody did it at Polar.',
  disabled: 'This key was blocked.',
  expired: 'This key has come to its end.',
  activation_not_supported: 'This key has no activations.',
  activation_required: 'This key is good for an activation only: --activation names one.',
  activation_unknown: 'This key has no such activation, or not any more.',
  activation_limit: 'This key has as many activations as it may.',
  conditions_mismatch: 'This key was activated under other conditions.',
  usage_exceeded: 'All of this key is used up.',
};

/** Says whether a licence key is good. @throws {CliError} when it is not */
export async function validateLicence(context: Context, options: Options): Promise<void> {
  const { out } = context;
  const key = (options.stdin ? await context.readStdin() : await askForKey(context)).trim();
  if (key === '') throw new CliError(EXIT.usage, 'There is no key.');
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const { activation, benefit, maxAge } = options;
  const check = await call('POST /v1/license-keys/validate', {
    body: { key, ...given({ activation_id: activation, benefit_id: benefit, max_age: maxAge }) },
  });
  const { valid, code, key: found } = check;
  out.details(
    check,
    saying([
      ['valid', valid ? 'yes' : `no (${code})`],
      ['key', found?.display_key],
      ['customer', check.customer],
      ['used', found && usedOf(found)],
      ['ends', found && (second(found.expires_at) ?? 'never')],
      [
        'machines',
        found &&
          (found.limit_activations === null
            ? 'it is not activated'
            : `${found.activations} of ${found.limit_activations}`),
      ],
      ['activation', check.activation && `${check.activation.label} (${check.activation.id})`],
      ['Polar was asked', second(check.checked_at)],
    ]),
  );
  if (code !== 'valid') throw new CliError(EXIT.failed, NOES[code], { code });
}

function askForKey({ out }: Context): Promise<string> {
  return out.askSecret('Which licence key?', { instead: 'Pipe it in with --stdin.' });
}
