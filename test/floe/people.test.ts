import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { callJson } from '../../cli/local/http.ts';
import { openShop, pay, type Shop } from './shop.ts';
import { createSteady } from './steady.ts';

/* What people type beside a real gateway and a simulated Polar, and what a terminal of 80 columns then shows. */

const SOON = { timeout: 30_000, interval: 100 };

let shop: Shop;
let receiver: Server;
beforeAll(async () => {
  shop = await openShop();
  receiver = createServer((_request, response) => response.end('thanks')).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
}, 300_000);
afterAll(async () => {
  receiver.close();
  await shop.close();
});

const list = async <Row>(...args: string[]) => (await shop.json<{ data: Row[] }>(...args)).data;

const golden = (name: string, shown: string[]) =>
  expect(createSteady()(shown.join('\n'))).toMatchFileSnapshot(`golden/people/${name}.txt`);

test('payments, refunds and their documents', async () => {
  const { show, buy } = shop;
  const none = [await show('payments list'), await show('refunds list')];
  const { id } = await buy('quay:lifetime', 'ada@floe-mail.dev', '--external-id', 'user-1');
  const partly = `payments refund ${id} --amount 3.00 --reason service_disruption --comment 'Two days offline'`;
  await golden('payments', [
    ...none,
    await show('payments create --product lifetime --email ben@floe-mail.dev --metadata campaign=spring'),
    await show('payments create --product nope'),
    await show('payments list --customer external:user-1'),
    await show('payments list --product quay:yearly'),
    await show(`payments show ${id}`),
    await show(`payments refund ${id}`),
    await show(`payments refund ${id}`, false),
    await show(`payments refund ${id} --amount 300`),
    await show(partly, true),
    await show(`payments refund ${id} --benefits keep`, true),
    await show(`payments refund ${id} --yes`),
    await show(`payments show ${id}`),
    await show(`payments show nope`),
  ]);
  const [refund] = await list<{ id: string }>('refunds', 'list', '--payment', id);
  await golden('refunds', [
    await show('refunds list --created-after 1h --status succeeded'),
    await show('refunds list --created-before 2026-01-01'),
    await show('refunds list --created-after yesterday'),
    await show(`refunds show ${refund?.id}`),
  ]);
});

test('an invoice and a receipt, as an address and as a file', async () => {
  const { id } = await shop.buy('quay:lifetime', 'cleo@floe-mail.dev');
  // In tests a command does not wait between two looks, and Polar needs a while.
  const succeeded = (args: string[]) =>
    vi.waitFor(async () => {
      const ran = await shop.run(args);
      expect(ran.code, ran.stderr).toBe(0);
      return ran;
    }, SOON);
  const invoice = await succeeded(['payments', 'invoice', id]);
  expect(invoice.stdout).toMatch(/^http:\S+\n$/);
  expect(invoice.stderr).toMatch(/^The invoice … done\nWhoever has this address can open it/);
  const { cwd } = shop.gateway.beside;
  const toFile = ['payments', 'receipt', id, '--output', 'receipt.pdf'];
  expect((await succeeded(toFile)).stdout).toBe(`Written to ${path.join(cwd, 'receipt.pdf')}.\n`);
  expect(await readFile(path.join(cwd, 'receipt.pdf'), 'utf8')).toContain('Receipt RCPT-');
  const again = await shop.run(toFile);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is there already.')]);
});

describe('subscriptions', () => {
  test('are shown, ended, paused and changed', async () => {
    const { show, buy } = shop;
    const none = await show('subscriptions list');
    const { subscription_id: id } = await buy('monthly', 'dora@floe-mail.dev');
    await golden('subscriptions', [
      none,
      await show('subscriptions list'),
      await show('subscriptions list --status paused'),
      await show('subscriptions list --renews-before 60d --no-ending'),
      await show(`subscriptions show ${id}`),
      await show(`subscriptions cancel ${id}`),
      await show(`subscriptions cancel ${id} --reason too_expensive`, true),
      await show(`subscriptions uncancel ${id}`, true),
      await show(`subscriptions pause ${id} --resumes-at 90d`, true),
      await show(`subscriptions resume ${id}`, true),
      await show(`subscriptions preview ${id} --product yearly`),
      await show(`subscriptions preview ${id}`),
      await show(`subscriptions change ${id} --product yearly --dry-run`),
      await show(`subscriptions change ${id} --product yearly --proration invoice`, true),
      await show(`subscriptions discount ${id} none`, true),
      await show(`subscriptions units ${id} 3`, true),
      await show(`subscriptions cancel ${id} --now`, false),
      await show(`subscriptions revoke ${id}`, true),
      await show(`subscriptions uncancel ${id} --yes`),
    ]);
  });

  test('have seats, and a trial', async () => {
    const { show, buy, json, askPolar, gateway } = shop;
    const seat = { amount_type: 'seat_based', price_currency: 'usd' };
    await askPolar('POST', '/v1/products/', {
      name: 'quay:team',
      recurring_interval: 'month',
      prices: [{ ...seat, seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] } }],
    });
    await askPolar('POST', '/v1/products/', {
      name: 'quay:trial',
      recurring_interval: 'month',
      trial_interval: 'day',
      trial_interval_count: 14,
      prices: [{ amount_type: 'fixed', price_amount: 1500, price_currency: 'usd' }],
    });
    // The gateway hears of them.
    const open = (...args: string[]) =>
      vi.waitFor(() => json<{ checkout_url: string }>('payments', 'create', '--product', ...args), {
        timeout: 30_000,
        interval: 200,
      });
    const { checkout_url } = await open('trial', '--external-id', 'user-2');
    await pay(gateway, checkout_url, 'fay@floe-mail.dev');
    await open('team', '--seats', '2');
    const { subscription_id: team } = await buy('team', 'emil@floe-mail.dev', '--seats', '2');
    const trial = await vi.waitFor(async () => {
      const [found] = await list<{ id: string }>('subscriptions', 'list', '--customer', 'external:user-2');
      if (!found) throw new Error('It is not there yet.');
      return found.id;
    }, SOON);
    // What is left of a period is a cent less when a second of it has passed.
    const passed = (shown: string) =>
      shown
        .replaceAll('$15.00 seats', '$14.99 seats')
        .replaceAll('about $15.00', 'about $14.99')
        .replaceAll('$40.00', '$39.99');
    await golden('subscriptions-of-teams-and-trials', [
      passed(await show(`subscriptions seats ${team} 5 --dry-run`)),
      passed(await show(`subscriptions seats ${team} 5 --proration invoice`, true)),
      await show(`subscriptions trial ${trial} 28d`, true),
      await show(`subscriptions trial ${trial} now`, true),
    ]);
  });
});

test('events and deliveries', async () => {
  const { show, json, buy, gateway } = shop;
  const { port } = receiver.address() as AddressInfo;
  const { FLOE_SECRET_KEY: key } = shop.env;
  const endpoint = await callJson('POST', `${gateway.urls.gateway}/v1/webhook-endpoints`, key, {
    url: `http://127.0.0.1:${port}/hooks`,
    events: ['payment.succeeded'],
  });
  const { id } = await buy('lifetime', 'gil@floe-mail.dev');
  const endpointId = String(endpoint['id']);
  const [{ id: event } = { id: '' }] = await list<{ id: string }>(
    'events',
    'list',
    '--payment',
    id,
    '--type',
    'payment.succeeded',
  );
  // Payments of other tests may come to the endpoint as well.
  const ofEvent = `deliveries list --endpoint ${endpointId} --event ${event}`;
  const delivery = await vi.waitFor(async () => {
    const [found] = await list<{ id: string; status: string }>(...ofEvent.split(' '));
    if (found?.status !== 'succeeded') throw new Error('It has not arrived.');
    return found;
  }, SOON);
  const shown = await show(`events show ${event}`);
  await golden('events', [
    await show(`events list --payment ${id} --type payment.succeeded`),
    await show('events list --type payment.failed'),
    // The rest is Polar's object.
    shown.replace(/("polar": \{\n)[^]*/, '$1…\n'),
    await show(`events replay ${event} --endpoint ${endpointId}`),
    await show('events show nope'),
    await show('events tail --from start --types payment.succeeded --limit 1'),
    await show('events tail --after 1000000'),
  ]);
  await vi.waitFor(async () => {
    const { status, attempts } = await json<{ status: string; attempts: number }>(
      'deliveries',
      'show',
      delivery.id,
    );
    expect([status, attempts]).toEqual(['succeeded', 2]);
  }, SOON);
  await golden('deliveries', [
    await show(ofEvent),
    await show('deliveries list --status failed'),
    await show(`deliveries show ${delivery.id}`),
    await show(`deliveries replay ${delivery.id} --since 2h`),
    await show(`deliveries replay --endpoint ${endpointId} --since 2h`),
    await show(`recover ${endpointId} --since 2h --dry-run`),
    await show(`recover ${endpointId} --since 2h`),
  ]);
});

test('what Polar sent, and comparisons with it', async () => {
  const { show, json } = shop;
  const [applied] = await list<{ id: string }>('polar-events', 'list', '--type', 'order.paid');
  const shown = await show(`polar-events show ${applied?.id}`);
  await golden('polar-events', [
    await show('polar-events list --type order.paid --limit 1'),
    await show('polar-events list --status unrouted'),
    shown.replace(/("data": \{\n)[^]*/, '$1…\n'),
    await show(`polar-events reapply ${applied?.id}`),
    await show('polar-events reapply'),
    await show('polar-events reapply --mode sandbox --dry-run'),
    await show('polar-events reapply --mode sandbox'),
  ]);
  const none = await show('reconcile watch');
  const started = await json<{ id: string; mode: string }>('reconcile', 'start');
  expect(started.mode).toBe('sandbox');
  const watched = await shop.run(['reconcile', 'watch', started.id]);
  expect(watched.stdout).toMatch(/^outcome +no drift$/m);
  expect(watched.stdout).toMatch(/^webhook at Polar +in order$/m);
  expect([watched.code, watched.stderr]).toEqual([
    0,
    expect.stringMatching(/^(\d+ kinds? of objects left to compare …\n)*$/),
  ]);
  await golden('reconcile', [
    none,
    await show('reconcile list'),
    await show('reconcile list --mode live'),
    await show('reconcile show nope'),
    await show(`reconcile cancel ${started.id}`),
  ]);
  const again = await shop.run(['reconcile', 'start', '--mode', 'sandbox', '--scope', 'full', '--watch']);
  expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^compares +sandbox, full$/m)]);
});
