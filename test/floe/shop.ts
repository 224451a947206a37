import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, vi } from 'vitest';
import { callJson } from '../../cli/local/http.ts';
import { runFloe, type RunOptions, session } from './harness.ts';
import { type RunningGateway, startGateway } from './running-gateway.ts';

interface DevFile {
  admin_token: string;
  apps: { slug: string; secret_key: string }[];
  polar: { access_token: string };
}

/** What people type beside one running gateway, as the app quay-sandbox and as the operator. */
export interface Shop {
  gateway: RunningGateway;
  /** Whose tokens are used. */
  env: Record<'FLOE_GATEWAY' | 'FLOE_ADMIN_TOKEN' | 'FLOE_APP' | 'FLOE_SECRET_KEY', string>;
  /** What a terminal of 80 columns shows. */
  show: (typed: string, ...answers: boolean[]) => Promise<string>;
  /** What a command prints with `--json`. @throws what it says, when it fails */
  json: <Answered>(...args: string[]) => Promise<Answered>;
  run: (args: string[], options?: RunOptions) => ReturnType<typeof runFloe>;
  /** Somebody buys a product, and the gateway knows it. @returns the payment */
  buy: (product: string, email: string, ...options: string[]) => Promise<Bought>;
  askPolar: (method: string, route: string, body?: object) => Promise<Record<string, unknown>>;
  close: () => Promise<void>;
}

interface Bought {
  id: string;
  subscription_id: string;
}

export async function openShop(): Promise<Shop> {
  const gateway = await startGateway();
  const file = await readFile(path.join(gateway.beside.cwd, '.floe', 'dev.json'), 'utf8');
  const dev: DevFile = JSON.parse(file);
  const env = {
    FLOE_GATEWAY: gateway.urls.gateway,
    FLOE_ADMIN_TOKEN: dev.admin_token,
    FLOE_APP: 'quay-sandbox',
    FLOE_SECRET_KEY: dev.apps.find(({ slug }) => slug === 'quay-sandbox')?.secret_key ?? '',
  };
  const run: Shop['run'] = (args, options) =>
    runFloe(args, { ...gateway.beside, env, now: Date.now(), ...options });
  const json: Shop['json'] = async (...args) => {
    const { code, stdout, stderr } = await run([...args, '--json']);
    if (code !== 0) throw new Error(`floe ${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout);
  };
  return {
    gateway,
    env,
    run,
    json,
    show: (typed, ...answers) => {
      const asked = answers.length === 0 ? {} : { answers };
      return session(typed, { ...gateway.beside, env, now: Date.now(), ...asked });
    },
    async buy(product, email, ...options) {
      const { id, checkout_url } = await json<{ id: string; checkout_url: string }>(
        'payments',
        'create',
        '--product',
        product,
        ...options,
      );
      await pay(gateway, checkout_url, email);
      return vi.waitFor(
        async () => {
          const payment = await json<Bought & { status: string }>('payments', 'show', id);
          expect(payment.status).toBe('succeeded');
          return payment;
        },
        { timeout: 30_000, interval: 100 },
      );
    },
    askPolar: (method, route, body) =>
      callJson(method, `${gateway.urls.polar}${route}`, dev.polar.access_token, body),
    close: () => gateway.close(),
  };
}

/** Pays a checkout as Polar's page does. */
export async function pay({ urls }: RunningGateway, checkoutUrl: string, email: string): Promise<void> {
  const secret = checkoutUrl.split('/').at(-1) ?? '';
  const confirmed = await fetch(`${urls.polar}/v1/checkouts/client/${secret}/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      customer_email: email,
      customer_billing_address: { country: 'DE', line1: 'Am Kai 1', city: 'Hamburg', postal_code: '20457' },
      customer_billing_name: 'Ada',
      confirmation_token_id: 'ctoken_any',
    }),
  });
  if (!confirmed.ok) throw new Error(`The checkout was not paid: ${await confirmed.text()}`);
}
