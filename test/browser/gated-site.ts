import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { expect } from 'vitest';
import { reservePort } from '../../cli/local/ports.ts';
import { type FloeVariables, gateHono } from '../../packages/kit/hono.ts';
import { createGate, type PagesOptions } from '../../packages/kit/index.ts';
import { openShop, type Shop } from './shop.ts';

/* A site as somebody has it who has read as far as the kit's first example: one article, one line of gate. */

const APP = 'quay-sandbox';
export const SECRET = 'At four the reefers begin to hum.';
export const ARTICLE = '/articles/night?part=1';

export interface GatedSite {
  shop: Shop;
  url: string;
  /** What the site's owner was told. */
  told: string[];
  close(): Promise<void>;
}

/** Starts everything. Takes a few seconds. */
export async function openGatedSite(pages: PagesOptions = {}): Promise<GatedSite> {
  const [shop, port] = await Promise.all([openShop(), reservePort(0, 'the gated site', 'FLOE_SITE_PORT')]);
  const url = `http://127.0.0.1:${port}`;
  const told: string[] = [];
  const gate = createGate({
    gateway: shop.dev.gateway_url,
    app: APP,
    secretKey: shop.dev.apps.find(({ slug }) => slug === APP)?.secret_key ?? '',
    resource: ({ url: address }) =>
      new URL(address).pathname.startsWith('/articles/') ? 'content:blog/premium-article' : null,
    // Each visit asks, so that a refund closes at once.
    maxAge: 0,
    onError: (error) => told.push(String(error)),
    pages,
  });
  const site = new Hono<{ Variables: FloeVariables }>();
  site.use(gateHono(gate));
  site.get('/articles/night', (c) =>
    c.html(
      `<!doctype html><html lang="en"><title>Night</title><link rel="icon" href="data:,"><main><h1>Night</h1><p>${SECRET}</p><a href="/floe/account?to=%2Farticles%2Fnight%3Fpart%3D1">Account</a></main></html>`,
    ),
  );
  const server = await new Promise<ServerType>((resolve) => {
    const opened = serve({ fetch: site.fetch, port, hostname: '127.0.0.1' }, () => resolve(opened));
  });
  const registered = await fetch(`${shop.dev.gateway_url}/admin/apps/${APP}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${shop.dev.admin_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ callback_urls: [`${url}/`] }),
  });
  expect(registered.status).toBe(200);
  return {
    shop,
    url,
    told,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await shop.close();
    },
  };
}
