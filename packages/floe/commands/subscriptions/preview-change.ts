import type { Context } from '../../context.ts';
import { type Answer, type AppOptions, openGateway } from '../../gateway/client.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Field } from '../../terminal/output.ts';
import { given } from '../../words/given.rules.ts';
import { money } from '../../words/money.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { day, second } from '../../words/times.rules.ts';

export type Preview = Answer<'POST /v1/subscriptions/{id}/preview'>;
export type Proration = Preview['proration'];

interface Options extends AppOptions {
  product?: string | undefined;
  seats?: number | undefined;
  proration?: Proration | undefined;
}

/** Prints what a change of product or seats would cost. */
export async function previewChange(context: Context, id: string, options: Options): Promise<void> {
  const { product, seats, proration } = options;
  if ((product === undefined) === (seats === undefined))
    throw new CliError(EXIT.usage, 'Give --product or --seats, one of both.');
  const call = (await openGateway(context)).asApp(options.app);
  const productId = product === undefined ? undefined : await findProduct(call, product);
  const preview = await call('POST /v1/subscriptions/{id}/preview', {
    params: { id },
    body: given({ product_id: productId, seats, proration }),
  });
  context.out.details(preview, describePreview(preview));
  context.out.note('Estimated by Polar’s rules for this second, before tax. Nothing was changed.');
}

function describePreview(preview: Preview): Field[] {
  const { currency, now, next_renewal: renewal } = preview;
  return saying([
    ['due now', bill(now, currency)],
    ['credited', now.credit === 0 ? null : money(now.credit, currency)],
    [
      'due at the renewal',
      renewal && [`${money(renewal.amount, currency)} on ${day(renewal.at)}`, ...items(renewal, currency)],
    ],
    ['then each period', money(preview.amount, currency)],
    ['takes effect', second(preview.takes_effect_at)],
    ['proration', preview.proration],
  ]);
}

const bill = (due: Preview['now'], currency: string) => [
  money(due.amount, currency) ?? '',
  ...items(due, currency),
];

const items = ({ items: parts }: Preview['now'], currency: string) =>
  parts.map(({ type, amount }) => `${money(amount, currency)} ${type.replaceAll('_', ' ')}`);

/** What a change would cost, as a sentence of a question. */
export function costOf({ currency, now, next_renewal: renewal, amount }: Preview): string {
  return [
    `Due now: about ${money(now.amount, currency)} before tax.`,
    ...(now.credit === 0 ? [] : [`Credited: ${money(now.credit, currency)}.`]),
    ...(renewal === null ? [] : [`Due on ${day(renewal.at)}: about ${money(renewal.amount, currency)}.`]),
    `Then ${money(amount, currency)} each period.`,
  ].join(' ');
}
