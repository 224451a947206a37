import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { Api } from '../../../kit/api.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Call } from '../../gateway/client.ts';
import { timeOf } from '../../gateway/filters.ts';
import { findProduct } from '../../gateway/find-product.ts';
import { given } from '../../words/given.rules.ts';
import { readMoney } from '../../words/money.rules.ts';

/** What a new discount does, as it is typed. */
export interface WhatItDoes {
  name: string;
  percent?: number | undefined;
  amount?: Record<string, string> | undefined;
  product?: string[] | undefined;
  months?: number | undefined;
  forever?: true | undefined;
  starts?: string | undefined;
  ends?: string | undefined;
}

/** Hundredths of a percent of `50` or `12.5`, for `.argParser`. */
function parsePercent(text: string): number {
  const [, whole = '', part = ''] = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  const points = Number(whole) * 100 + Number(part.padEnd(2, '0'));
  if (whole === '' || points < 1 || points > 10_000)
    throw new InvalidArgumentError('It must be a percentage up to 100, such as 50 or 12.5.');
  return points;
}

const parseAmount = (typed: string, before: Record<string, string> | undefined): Record<string, string> => {
  const [, currency, amount] = /^([a-z]{3})=(.+)$/i.exec(typed) ?? [];
  if (currency === undefined || amount === undefined)
    throw new InvalidArgumentError('It is written currency=money: usd=3.00.');
  return { ...before, [currency.toLowerCase()]: amount };
};

export const percentOption = () =>
  new Option('--percent <n>', 'how much of the price: 50, 12.5').argParser(parsePercent);
export const amountOption = () =>
  new Option('--amount <currency=money>', 'or so much off: usd=3.00; again for other currencies').argParser(
    parseAmount,
  );

/** What the request says of it. @throws {CliError} for what is not written as it should be */
export async function readWhatItDoes(context: Context, call: Call<keyof Api>, options: WhatItDoes) {
  const { name, percent, amount, months, forever } = options;
  if ((percent === undefined) === (amount === undefined))
    throw new CliError(EXIT.usage, 'It takes off either a --percent or an --amount.');
  if (months !== undefined && forever)
    throw new CliError(EXIT.usage, 'It lowers a subscription for --months or --forever, not both.');
  const window = {
    starts_at: timeOf(context, '--starts', options.starts, 'ahead'),
    ends_at: timeOf(context, '--ends', options.ends, 'ahead'),
  };
  const amounts = amount === undefined ? undefined : readAmounts(amount);
  const products = await Promise.all((options.product ?? []).map((named) => findProduct(call, named)));
  const duration =
    months === undefined ? (forever ? ('forever' as const) : undefined) : ('repeating' as const);
  return {
    name,
    ...given({
      basis_points: percent,
      amounts,
      duration,
      duration_in_months: months,
      product_ids: products.length === 0 ? undefined : products,
      ...window,
    }),
  };
}

function readAmounts(typed: Record<string, string>): Record<string, number> {
  const entries = Object.entries(typed).map(([currency, amount]) => {
    const read = readMoney(amount, currency);
    if ('instead' in read) throw new CliError(EXIT.usage, `--amount ${currency}=${amount}: ${read.instead}`);
    return [currency, read.amount] as const;
  });
  return Object.fromEntries(entries);
}
