import { idOfCopy } from './growth-fill.ts';
import { LISTS, type Line } from './growth-lists.ts';
import { OPERATORS_LISTS, TOLD_LISTS } from './growth-lists-of-news.ts';
import { CALLS, callsOf, type Place, type Work } from './growth-work.ts';
import { type Call, makeCall } from './load.ts';
import { SHOP_CONTENT } from './sales.ts';

/** Ids of a copied sale, by what they are, and its number. */
type Sale = Readonly<Record<'customer' | 'order' | 'payment' | 'event' | 'n', string>>;

/** Questions about sales from all over the tables, another one each time. */
export async function listQuestions(place: Place): Promise<Work[]> {
  const check = (content: string) => `/v1/access?resource=content:${content}&customer={customer}`;
  const access: Line[] = [
    { name: 'access: yes, cold', path: check(SHOP_CONTENT), contains: '"allow":true' },
    { name: 'access: no', path: check('shop/other'), contains: '"allow":false' },
  ];
  const { secretKey } = place.shop;
  const works: Work[] = [];
  // Other buyers than the question before: their tokens would be kept.
  for (const [nth, line] of access.entries()) works.push(await ask(place, line, secretKey, nth));
  for (const line of [...LISTS, ...TOLD_LISTS]) works.push(await ask(place, line, secretKey, 2));
  for (const line of OPERATORS_LISTS)
    works.push(await ask(place, line, place.runtime.settings.adminToken, 2));
  return works;
}

async function ask(place: Place, { name, path, contains }: Line, key: string, nth: number): Promise<Work> {
  const calls: Call[] = [];
  for (let i = 0; i < CALLS; i++) {
    const sale = await findSale(place, Math.floor(((i + 0.2 + nth * 0.3) * place.payments) / CALLS));
    const request = {
      method: 'GET',
      path: withIds(path, place, sale),
      headers: { authorization: `Bearer ${key}` },
    };
    calls.push(makeCall(place.target, request, { status: 200, contains: withIds(contains, place, sale) }));
  }
  return callsOf(place, name, calls);
}

const found = new Map<string, Sale>();

/** The sale of this number. */
async function findSale({ runtime, ids, payments }: Place, number: number): Promise<Sale> {
  const name = `${payments}:${number}`;
  const known = found.get(name);
  if (known) return known;
  const order = idOfCopy(ids['order'] ?? '', number);
  const row = await runtime.database
    .prepare(
      `select p.id as payment, e.id as event, p.customer_id as customer from payments as p
       join events as e on e.payment_id = p.id where p.mode = 'sandbox' and p.order_id = ?1`,
    )
    .bind(order)
    .first<Pick<Sale, 'payment' | 'event' | 'customer'>>();
  if (!row) throw new Error(`no sale ${number}`);
  const sale = { ...row, order, n: String(number) };
  found.set(name, sale);
  return sale;
}

/** `{customer}` and the like are a sale's, `$product` and the like those of samples. */
function withIds(text: string, { ids }: Place, sale: Sale): string {
  const all: Readonly<Record<string, string>> = { ...ids, ...sale };
  const given = (name: string, from: Readonly<Record<string, string>>) => {
    const id = from[name];
    if (id === undefined) throw new Error(`${text}: nothing is called ${name}`);
    return id;
  };
  return text
    .replaceAll(/\$([a-zA-Z]+)/g, (_, name: string) => given(name, all))
    .replaceAll(/\{([a-z]+)\}/g, (_, name: string) => given(name, sale));
}
