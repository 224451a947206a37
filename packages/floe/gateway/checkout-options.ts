import { type CommandUnknownOpts, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { Api } from '../../kit/api.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { parseCount, parseObject, repeatable } from '../options.ts';
import { given } from '../words/given.rules.ts';
import { readMoney } from '../words/money.rules.ts';
import type { Call } from './client.ts';
import { metadataOption } from './filters.ts';
import { findProduct } from './find-product.ts';

/* What a checkout can be, of a payment and of a checkout link. */

type Settings = Api['POST /v1/checkout-links']['body']['settings'];
type Prices = NonNullable<Settings['prices']>;

interface Trial {
  interval: NonNullable<Settings['trial_interval']>;
  count: number;
}

export interface CheckoutOptions {
  product?: string[] | undefined;
  price?: string[] | undefined;
  prices?: Record<string, unknown> | undefined;
  amount?: string | undefined;
  currency?: string | undefined;
  seats?: number | undefined;
  minSeats?: number | undefined;
  maxSeats?: number | undefined;
  units?: number | undefined;
  minUnits?: number | undefined;
  maxUnits?: number | undefined;
  trial?: Trial | undefined;
  withoutTrial?: true | undefined;
  discount?: string | undefined;
  discountCode?: string | undefined;
  discountCodes?: 'on' | 'off' | undefined;
  customFields?: Record<string, unknown> | undefined;
  requireAddress?: true | undefined;
  successUrl?: string | undefined;
  returnUrl?: string | undefined;
  locale?: string | undefined;
  metadata?: Record<string, string> | undefined;
}

const INTERVALS: Readonly<Record<string, Trial['interval']>> = {
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

function parseTrial(text: string): Trial {
  const [, count, unit = ''] = /^(\d{1,4})(d|w|mo|y)$/.exec(text) ?? [];
  const interval = INTERVALS[unit];
  if (interval === undefined || Number(count) < 1)
    throw new InvalidArgumentError('It must be a length such as 14d, 2w, 3mo or 1y.');
  return { interval, count: Number(count) };
}

export const productOption = () => repeatable('--product <product>', 'what is sold: its id, name or plan');

/** Adds the options of a checkout to a command, in the order in which its help shows them. */
export function withCheckoutOptions<Made extends CommandUnknownOpts>(command: Made): Made {
  const options = [
    repeatable('--price <[product=]currency=money>', 'for this checkout alone: eur=7.00'),
    new Option('--prices <json>', 'other kinds of prices, by product id, as the API has them').argParser(
      parseObject('\'{"3fa1…": [{"amount_type": "custom", "price_currency": "eur"}]}\''),
    ),
    new Option('--amount <currency=money>', 'for a product whose price buyers choose: eur=7.00'),
    new Option('--currency <currency>', 'of the checkout: eur'),
    new Option('--seats <n>', 'how many seats').argParser(parseCount),
    new Option('--min-seats <n>', 'how few the buyer can choose').argParser(parseCount),
    new Option('--max-seats <n>', 'how many the buyer can choose').argParser(parseCount),
    new Option('--units <n>', 'how many units').argParser(parseCount),
    new Option('--min-units <n>', 'how few the buyer can choose').argParser(parseCount),
    new Option('--max-units <n>', 'how many the buyer can choose').argParser(parseCount),
    new Option('--trial <length>', 'a trial of its own: 14d, 2w, 3mo, 1y').argParser(parseTrial),
    new Option('--without-trial', 'the product’s trial does not begin'),
    new Option('--discount <id>', 'a discount of the app’s'),
    new Option('--discount-code <code>', 'a code of the app’s'),
    new Option('--discount-codes <on|off>', 'whether buyers can type codes').choices(['on', 'off']),
    new Option('--custom-fields <json>', 'answers to what the product asks, by the field’s slug').argParser(
      parseObject('\'{"newsletter": true}\''),
    ),
    new Option('--require-address', 'the buyer has to give a full address'),
    new Option('--success-url <url>', 'where the buyer comes back to'),
    new Option('--return-url <url>', 'where the buyer goes who does not buy'),
    new Option('--locale <language>', 'of the checkout: de, pt-BR'),
    metadataOption('your own; may be given several times'),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

/** What the options say of a checkout, as the API has it. @throws {CliError} for what is not written as it should be */
export async function readCheckout(call: Call<keyof Api>, options: CheckoutOptions): Promise<Settings> {
  const { product: named = [], price: typed = [], trial, discountCodes } = options;
  if (typed.length > 0 && options.prices !== undefined)
    throw new CliError(EXIT.usage, 'Prices are given by --price or by --prices, not both.');
  const amount = options.amount === undefined ? undefined : readPrice('--amount', options.amount);
  const products = await Promise.all(named.map((each) => findProduct(call, each)));
  const prices = typed.length === 0 ? undefined : await readPrices(call, typed, products[0]);
  return given({
    product_id: products[0],
    product_ids: products.length > 1 ? products : undefined,
    prices: prices ?? (options.prices as Prices | undefined),
    amount: amount?.amount,
    currency: options.currency?.toLowerCase() ?? amount?.currency,
    seats: options.seats,
    min_seats: options.minSeats,
    max_seats: options.maxSeats,
    units: options.units,
    min_units: options.minUnits,
    max_units: options.maxUnits,
    trial_interval: trial?.interval,
    trial_interval_count: trial?.count,
    allow_trial: options.withoutTrial ? false : undefined,
    discount_id: options.discount,
    discount_code: options.discountCode,
    allow_discount_codes: discountCodes === undefined ? undefined : discountCodes === 'on',
    custom_field_data: options.customFields as Settings['custom_field_data'],
    require_billing_address: options.requireAddress,
    success_url: options.successUrl,
    return_url: options.returnUrl,
    locale: options.locale,
    metadata: options.metadata,
  });
}

/** Fixed prices by product. One that names none is for the first. */
async function readPrices(
  call: Call<keyof Api>,
  typed: readonly string[],
  first: string | undefined,
): Promise<Prices> {
  const prices: Prices = {};
  for (const each of typed) {
    const [, named, price = ''] = /^(?:(.+)=)?([^=]+=[^=]+)$/.exec(each) ?? [];
    const { currency, amount } = readPrice('--price', price === '' ? each : price);
    const id = named === undefined ? first : await findProduct(call, named);
    if (id === undefined)
      throw new CliError(EXIT.usage, '--price: Say of which product it is: monthly=eur=7.00.');
    (prices[id] ??= []).push({ amount_type: 'fixed', price_currency: currency, price_amount: amount });
  }
  return prices;
}

function readPrice(option: string, typed: string): { currency: string; amount: number } {
  const [, currency = '', money = ''] = /^([a-z]{3})=(.+)$/i.exec(typed) ?? [];
  if (currency === '') throw new CliError(EXIT.usage, `${option}: ${typed} is no price: eur=7.00.`);
  const read = readMoney(money, currency);
  if ('instead' in read) throw new CliError(EXIT.usage, `${option} ${typed}: ${read.instead}`);
  return { currency: currency.toLowerCase(), amount: read.amount };
}
