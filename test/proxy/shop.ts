import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { callJson } from '../../cli/local/http.ts';
import { startStack } from '../../cli/local/stack.ts';

const POLL_MS = 100;

const devFile = z.object({
  gateway_url: z.string(),
  polar_url: z.string(),
  site_url: z.string(),
  polar: z.object({ access_token: z.string() }),
  apps: z.array(z.object({ slug: z.string(), secret_key: z.string() })),
  products: z.array(z.object({ id: z.string(), name: z.string() })),
});
const order = z.object({ items: z.tuple([z.object({ id: z.string(), net_amount: z.number() })]) });

/** The gateway as `npm start` has it, with simulated Polar, and readers of Quay. */
export interface Shop {
  /** `host:port` */
  gateway: string;
  /** Somebody who has bought the article and come back. */
  buyReader(): Promise<{ session: string; refund(): Promise<void> }>;
  /** Somebody who is signed in and has bought nothing. */
  openReader(app?: 'quay' | 'atlas', externalId?: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts everything. Takes a few seconds. */
export async function openShop(): Promise<Shop> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'floe-proxy-'));
  const stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir });
  const dev = devFile.parse(JSON.parse(await readFile(stack.devFile, 'utf8')));
  const keyOf = (app: string) => dev.apps.find(({ slug }) => slug === `${app}-sandbox`)?.secret_key ?? '';
  const gateway = (method: string, where: string, token: string, body?: unknown) =>
    callJson(method, dev.gateway_url + where, token, body);
  const polar = (method: string, where: string, body?: unknown) =>
    callJson(method, dev.polar_url + where, dev.polar.access_token, body);

  /** Waits until the gateway's database says it, whatever is cached. */
  const waitForAccess = async (session: string, allow: boolean) => {
    const where = '/v1/access?resource=content:blog/premium-article&max_age=0';
    while ((await gateway('GET', where, session))['allow'] !== allow) await sleep(POLL_MS);
  };

  return {
    gateway: new URL(dev.gateway_url).host,
    async buyReader() {
      const back = `${dev.site_url}/welcome`;
      const { checkout_url } = await gateway('POST', '/v1/payments', keyOf('quay'), {
        product_id: dev.products.find(({ name }) => name === 'quay:lifetime')?.id,
        success_url: back,
      });
      const secret = new URL(z.string().parse(checkout_url)).pathname.split('/').pop();
      const confirmed = await polar('POST', `/v1/checkouts/client/${secret}/confirm`, {
        customer_email: 'ada@floe-mail.dev',
        customer_billing_address: { country: 'DE' },
        confirmation_token_id: 'ctoken_ok',
      });
      const returned = await fetch(z.string().parse(confirmed['success_url']), { redirect: 'manual' });
      const code = new URL(returned.headers.get('location') ?? '').searchParams.get('code');
      const exchange = { code, callback_url: back };
      const exchanged = await gateway('POST', '/v1/sessions/exchange', keyOf('quay'), exchange);
      const session = z.string().parse(exchanged['session']);
      await waitForAccess(session, true);
      return {
        session,
        async refund() {
          const found = await polar('GET', `/v1/orders/?checkout_id=${String(confirmed['id'])}`);
          const [{ id, net_amount }] = order.parse(found).items;
          const reason = 'customer_request';
          await polar('POST', '/v1/refunds/', {
            order_id: id,
            amount: net_amount,
            reason,
            revoke_benefits: true,
          });
          await waitForAccess(session, false);
        },
      };
    },
    async openReader(app = 'quay', externalId = 'reader-1') {
      const { session } = await gateway('POST', '/v1/sessions', keyOf(app), {
        external_id: externalId,
      });
      return z.string().parse(session);
    },
    async close() {
      await stack.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
