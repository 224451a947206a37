import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { FloeError } from '../../../kit/problem.ts';
import type { Api } from '../../../kit/api.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Answer, type Call, openGateway } from '../../gateway/client.ts';
import { readPolarCheckout } from '../../polar/polar-checkout.ts';
import type { Column } from '../../terminal/table.ts';
import { comparePrice, expectListed, type Expected, readMoney, writeMoney } from './expected-price.rules.ts';

export interface SmokeOptions {
  app?: string | undefined;
  product?: string[] | undefined;
  file?: string | undefined;
}

type Product = Answer<'GET /v1/products'>['data'][number];

interface Check {
  product: Product;
  expected: Expected;
}

interface Checked {
  product: string;
  product_id: string;
  ok: boolean;
  /** What Polar asks for, minor units before discount and tax. */
  amount: number | null;
  currency: string | null;
  why: string | null;
  payment: string | null;
  expires_at: string | null;
}

/** Each opens a checkout at Polar, which allows an organization some hundred requests a minute, buyers' included. */
const AT_ONCE = 3;

const COLUMNS: readonly Column<Checked>[] = [
  { title: 'product', text: ({ product }) => product, keep: true },
  { title: 'result', text: ({ ok }) => (ok ? 'ok' : 'failed'), colour: ({ ok }) => (ok ? 'green' : 'red') },
  {
    title: 'price',
    text: ({ amount, currency }) =>
      amount === null || currency === null ? null : writeMoney({ amount, currency }),
  },
  { title: 'why', text: ({ why }) => why },
];

/** Opens a checkout of each product and compares its price. @throws {CliError} exit code 1 when one of them is not as expected */
export async function smoke(context: Context, options: SmokeOptions): Promise<void> {
  const { out } = context;
  const gateway = await openGateway(context);
  const call = gateway.asApp(options.app);
  const { data: products } = await call('GET /v1/products');
  const checks = chooseChecks(products, await readExpectations(context, options));
  if (checks.length === 0)
    throw new CliError(EXIT.failed, 'The app has no product that could be bought.', {
      hint: 'floe products list shows who owns which, for the operator.',
    });
  const rows = await out.step(
    `Opening ${checks.length === 1 ? 'a checkout' : `${checks.length} checkouts`}`,
    () => checkAll(context, call, checks),
  );
  out.table(rows, COLUMNS);
  sayWhatStays(context, rows);
  const failed = rows.filter(({ ok }) => !ok);
  if (failed.length > 0)
    throw new CliError(EXIT.failed, `${failed.map(({ product }) => product).join(', ')}: not as expected.`);
}

/** In order, some at once. */
async function checkAll(
  context: Context,
  call: Call<keyof Api>,
  checks: readonly Check[],
): Promise<Checked[]> {
  const rows: Checked[] = [];
  const left = checks.entries();
  const work = async () => {
    for (const [i, each] of left) rows[i] = await check(context, call, each);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rows;
}

async function check(
  context: Context,
  call: Call<keyof Api>,
  { product, expected }: Check,
): Promise<Checked> {
  const row: Checked = {
    product: product.name,
    product_id: product.id,
    ok: false,
    amount: null,
    currency: null,
    why: null,
    payment: null,
    expires_at: null,
  };
  try {
    const payment = await call('POST /v1/payments', { body: { product_id: product.id } });
    const { id, expires_at, checkout_url } = payment;
    Object.assign(row, { payment: id, expires_at });
    const { amount, currency, status } = await readPolarCheckout(context, checkout_url ?? '');
    const why =
      status === 'open'
        ? comparePrice(expected, { amount, currency })
        : `Its checkout is ${status}, not open.`;
    return { ...row, amount, currency, ok: why === undefined, why: why ?? null };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof FloeError || error instanceof CliError) return { ...row, why: error.message };
    throw error;
  }
}

function sayWhatStays({ out }: Context, rows: readonly Checked[]): void {
  const open = rows.filter(({ payment }) => payment !== null);
  const last = open
    .flatMap(({ expires_at }) => expires_at ?? [])
    .toSorted()
    .at(-1);
  if (open.length === 0) return;
  const what =
    open.length === 1
      ? 'A checkout stays open that nobody pays: it expires'
      : `${open.length} checkouts stay open that nobody pays: they expire`;
  out.note(
    `${what} by ${last ?? 'themselves'}. Endpoints of the app are told payment.pending and payment.expired.`,
  );
}

/** Expected prices by product, in the order given. */
async function readExpectations(
  { cwd }: Context,
  { product = [], file }: SmokeOptions,
): Promise<Map<string, Expected | undefined>> {
  const given = new Map<string, Expected | undefined>();
  for (const [name, text] of file === undefined ? [] : await readPriceFile(path.resolve(cwd, file)))
    given.set(name, expectText(name, text));
  for (const each of product) {
    const at = each.lastIndexOf('=');
    if (at === -1) given.set(each, undefined);
    else given.set(each.slice(0, at), expectText(each.slice(0, at), each.slice(at + 1)));
  }
  return given;
}

async function readPriceFile(file: string): Promise<[string, string][]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CliError(EXIT.usage, `${file} cannot be read.`, { cause });
  });
  let prices: unknown;
  try {
    prices = JSON.parse(text);
  } catch {
    prices = undefined;
  }
  if (typeof prices !== 'object' || prices === null || Array.isArray(prices))
    throw new CliError(EXIT.usage, `${file} is no JSON object of prices: {"quay:monthly": "900usd"}`);
  return Object.entries(prices).map(([name, price]) => [name, String(price)]);
}

function expectText(name: string, text: string): Expected {
  const money = readMoney(text);
  if (!money)
    throw new CliError(
      EXIT.usage,
      `${text} is no price of ${name}: write minor units and currency, such as 900usd.`,
    );
  return { kind: 'exactly', money: [money] };
}

/** All products with their listed prices, or the named ones. @throws {CliError} for one that the app does not sell */
function chooseChecks(
  products: readonly Product[],
  given: ReadonlyMap<string, Expected | undefined>,
): Check[] {
  if (given.size === 0)
    return products.map((product) => ({ product, expected: expectListed(product.prices) }));
  return [...given].map(([named, expected]) => {
    const product = products.find(({ id, name }) => id === named || name === named);
    if (!product)
      throw new CliError(EXIT.failed, `The app does not sell ${named}.`, {
        hint: `It sells ${products.map(({ name }) => name).join(', ') || 'nothing'}.`,
      });
    return { product, expected: expected ?? expectListed(product.prices) };
  });
}
