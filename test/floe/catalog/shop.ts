import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createSimulator } from '../../../packages/polar-simulator/index.ts';
import { emptyFolder, runFloe, type RunOptions } from '../harness.ts';

/* `floe catalog` beside a simulated Polar, in this process. */

const URL_OF_POLAR = 'http://polar.example-site.dev';
export const CONFIG = 'product: quay\nsiteUrl: https://quay.example\ncontent: [content/blog/*.md]\n';
export const TIDES = '---\ntitle: High and low water\nprice: 700\n---\n\nTwice a day.\n';

/** A machine on which every push before this one is gone. */
export const ALL_GONE = {
  own: () => Promise.resolve({ machine: 'this one', process: '1 1' }),
  hasEnded: () => Promise.resolve(true),
};

/** A folder with these files, and a Polar that notes what it is asked: one organization in sandbox, one in live. */
export async function openShop(files: Record<string, string>) {
  const simulator = createSimulator({
    publicUrl: URL_OF_POLAR,
    fetch: () => Promise.resolve(new Response()),
    jobs: 'manual',
  });
  const tokens = {
    sandbox: simulator.createOrganization({ slug: 'harbour', environment: 'sandbox' }).accessToken,
    live: simulator.createOrganization({ slug: 'harbour-live', environment: 'production' }).accessToken,
  };
  const cwd = await emptyFolder();
  const write = async (all: Record<string, string>) => {
    for (const [name, text] of Object.entries(all)) {
      await mkdir(path.dirname(path.join(cwd, name)), { recursive: true });
      await writeFile(path.join(cwd, name), text);
    }
  };
  await write(files);
  const asked: string[] = [];
  const instead: Response[] = [];
  let writesLeft = Number.POSITIVE_INFINITY;
  let isHeard = false;
  let beforeWrite = (_path: string): Promise<void> => Promise.resolve();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    const other = instead.shift();
    if (other) return other;
    if (request.method === 'GET') return simulator.fetch(request);
    await beforeWrite(new URL(request.url).pathname);
    // Ctrl-C.
    request.signal.throwIfAborted();
    if (writesLeft-- > 0) return simulator.fetch(request);
    // It may have reached Polar all the same.
    if (isHeard) await simulator.fetch(request);
    throw new Error('The machine is gone.');
  };
  const env = {
    POLAR_SANDBOX_ACCESS_TOKEN: tokens.sandbox,
    POLAR_SANDBOX_API_URL: URL_OF_POLAR,
    POLAR_LIVE_ACCESS_TOKEN: tokens.live,
    POLAR_LIVE_API_URL: URL_OF_POLAR,
  };
  const call = (mode: keyof typeof tokens, method: string, address: string, body?: object) =>
    simulator.fetch(
      new Request(`${URL_OF_POLAR}${address}`, {
        method,
        headers: { authorization: `Bearer ${tokens[mode]}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  return {
    simulator,
    /** What was asked, `GET /v1/products/`, in order. */
    asked,
    /** What is answered in place of Polar's own answers, one by one. */
    instead,
    cwd,
    write,
    /** Polar's API, by hand. */
    call,
    /** What Polar's own people can do: `organizations/…/scopes`. */
    control: (path: string, body: object) =>
      simulator.fetch(
        new Request(`${URL_OF_POLAR}/_sim/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    /** What a command is run with. */
    world: { fetch, env, cwd } satisfies RunOptions,
    run: (typed: string, more: RunOptions = {}) =>
      runFloe(['catalog', ...typed.split(' ')], { fetch, cwd, ...more, env: { ...env, ...more.env } }),
    /** What writes is not answered any more after so many, heard or not. */
    dieAfter(writes: number, heard = false) {
      writesLeft = writes;
      isHeard = heard;
    },
    holdWrites(hold: (path: string) => Promise<void>) {
      beforeWrite = hold;
    },
    async list(kind: string, mode: keyof typeof tokens = 'sandbox'): Promise<Record<string, unknown>[]> {
      const answer = await call(mode, 'GET', `/v1/${kind}/?limit=100`);
      return (await answer.json<{ items: Record<string, unknown>[] }>()).items;
    },
    /** All of a kind, by pages of a hundred. */
    async listAll(kind: string): Promise<Record<string, unknown>[]> {
      const all: Record<string, unknown>[] = [];
      for (let page = 1; ; page++) {
        const answer = await call('sandbox', 'GET', `/v1/${kind}/?limit=100&page=${page}`);
        const { items } = await answer.json<{ items: Record<string, unknown>[] }>();
        all.push(...items);
        if (items.length < 100) return all;
      }
    },
    /** Makes something by hand. @returns its id */
    async post(kind: string, body: object, mode: keyof typeof tokens = 'sandbox'): Promise<string> {
      const answer = await call(mode, 'POST', `/v1/${kind}/`, body);
      if (answer.status !== 201) throw new Error(`Polar answers ${answer.status}: ${await answer.text()}`);
      return (await answer.json<{ id: string }>()).id;
    },
    /** Somebody takes a product of the sandbox that costs nothing. */
    async buy(product: string): Promise<void> {
      const made = await call('sandbox', 'POST', '/v1/checkouts/', { products: [product] });
      const { client_secret } = await made.json<{ client_secret: string }>();
      await call('sandbox', 'POST', `/v1/checkouts/client/${client_secret}/confirm`, {
        customer_email: 'ada@example-site.dev',
        customer_name: 'Ada',
        customer_billing_address: { country: 'DE' },
      });
      await simulator.settle();
    },
  };
}

/** A shop in which people have written `hostile` wherever they can: the author, and somebody at Polar. Something would change, and something is found. */
export async function openHostileShop(hostile: string) {
  const text = JSON.stringify(hostile).replaceAll(
    /[\u007f-\uffff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const shop = await openShop({
    'floe.config.yaml': `${CONFIG}plans:\n  monthly: { price: 500, every: month, description: ${text}, benefits: [all] }\nbenefits:\n  all: { description: Everything, note: ${text} }\n`,
    'content/blog/tides.md': `---\ntitle: ${text}\nprice: 700\n---\n`,
  });
  const prices = [{ amount_type: 'fixed', price_amount: 400, price_currency: 'usd' }];
  await shop.post('products', {
    name: 'quay:monthly',
    description: `${hostile} once`,
    recurring_interval: 'month',
    prices,
  });
  // As long as Polar takes it.
  const name = hostile.slice(0, 64);
  await shop.post('products', { name, prices, metadata: { gateway_product: 'quay' } });
  await shop.post('products', { name, prices });
  return shop;
}
