import { env } from 'cloudflare:workers';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { call } from '../../harness/harness.ts';
import { startPayment } from '../../harness/story.ts';
import { runCron } from '../../compare/reconcile-calls.ts';
import { consult, createPatient, DAY_MS, MINUTE_MS, type Patient, planted } from './surgery.ts';

let patient: Patient;
beforeEach(async () => {
  patient = await createPatient();
});

const admin = (method: string, path: string, body?: unknown) =>
  call<Record<string, string>>(method, path, {
    key: env.FLOE_ADMIN_TOKEN,
    ...(body === undefined ? {} : { body }),
  });

async function buy(): Promise<void> {
  const payment = await startPayment(patient.quay, patient.product);
  await patient.world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await patient.world.settle();
}

describe('forwarding', () => {
  planted('deliveries_late', 'nobody sends what is due', {
    plant: async () => {
      patient.world.receiver = () => new Response('not now', { status: 503 });
      await buy();
      patient.world.receiver = () => new Response('ok');
      await env.DB.prepare("update deliveries set next_attempt_at = ? where status = 'pending'")
        .bind(Date.now() - 20 * MINUTE_MS)
        .run();
    },
    says: /ep_\w+ \(“receiver\.example-site\.dev”\).*20 minutes ago/,
    mends: true,
  });
  planted('endpoint_failing', 'it has answered 500 for a while', {
    plant: async () => {
      patient.world.receiver = () => new Response('no', { status: 500 });
      await buy();
      await patient.world.advance(11 * MINUTE_MS);
      await runCron();
      await patient.world.settle();
    },
    says: /has failed since/,
  });
  planted('endpoint_disabled', 'it answered 410', {
    plant: async () => {
      patient.world.receiver = () => new Response('gone', { status: 410 });
      await buy();
    },
    says: /answered 410 Gone/,
  });
  planted('deliveries_given_up', 'the schedule of a delivery is at its end', {
    plant: async () => {
      await buy();
      await env.DB.prepare("update deliveries set status = 'failed', finished_at = created_at").run();
    },
    says: /\d events? for ep_\w+/,
  });
});

describe('apps and products', () => {
  planted('mode_without_app', 'live is configured and has none', {
    plant: async () => {
      patient = await createPatient(['sandbox']);
    },
    says: /^live is configured/,
  });
  planted('app_without_key', 'its secret key was revoked', {
    plant: async () => {
      const { body } = await call<{ data: { id: string; kind: string }[] }>(
        'GET',
        `/admin/apps/${patient.quay.slug}/keys`,
        {
          key: env.FLOE_ADMIN_TOKEN,
        },
      );
      for (const { id, kind } of body.data)
        if (kind === 'secret') await admin('DELETE', `/admin/apps/${patient.quay.slug}/keys/${id}`);
    },
    says: /^quay-sandbox has no secret key/,
  });
  planted('app_without_origins', 'a page uses it all the same', {
    plant: async () => {
      await admin('PATCH', `/admin/apps/${patient.quay.slug}`, { origins: [] });
      await call('GET', '/v1/products', {
        key: patient.quay.publishableKey,
        headers: { origin: 'https://shop.example-site.dev' },
      });
      await patient.world.settle();
    },
    says: /quay-sandbox is used, and the app knows no origin/,
  });
  planted('app_without_products', 'nothing is its own after a day', {
    plant: async () => {
      await patient.world.createApp({ product: 'atlas' });
      await env.DB.prepare("update apps set created_at = created_at - ? where product = 'atlas'")
        .bind(2 * DAY_MS)
        .run();
    },
    says: /^atlas-sandbox owns no product/,
  });
  planted('product_unowned', 'its name says nothing', {
    plant: async () => {
      await patient.world.createProduct({ name: 'A T-shirt\u0007' });
      await patient.world.settle();
    },
    says: /“A T-shirt.?”/,
  });
  planted('product_claims_disagree', 'metadata and name differ', {
    plant: async () => {
      await patient.world.createApp({ product: 'atlas' });
      await patient.world.createProduct({ name: 'quay:both', metadata: { gateway_product: 'atlas' } });
      await patient.world.settle();
    },
    says: /“atlas” and “quay”/,
  });
  planted('product_assigned_archived', 'it is assigned, and archived at Polar', {
    plant: async () => {
      const { id } = await patient.world.createProduct({ name: 'A mug' });
      await patient.world.settle();
      await admin('POST', `/admin/products/${id}/owner`, { mode: 'sandbox', app: patient.quay.slug });
      await patient.world.polar('sandbox', 'PATCH', `/v1/products/${id}`, { is_archived: true });
      await patient.world.settle();
    },
    says: /“A mug”.*archived/,
  });
});

async function signingKeys(change: object): Promise<string> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  return JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: 'new-1', ...change }] });
}

describe('keys and secrets', () => {
  planted('keys_broken', 'a private key fits no public one', {
    plant: async () => {
      const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
      const { d } = await exportJWK(privateKey);
      return { FLOE_SANDBOX_SIGNING_KEYS: await signingKeys({ d }) };
    },
    says: /FLOE_SANDBOX_SIGNING_KEYS/,
  });
  planted('signing_key_none_yet', 'all of them begin tomorrow', {
    plant: async () => ({
      FLOE_SANDBOX_SIGNING_KEYS: await signingKeys({ sign_from: Math.floor((Date.now() + DAY_MS) / 1000) }),
    }),
    says: /FLOE_SANDBOX_SIGNING_KEYS/,
  });
  planted('encryption_key_gone', 'endpoints’ secrets need the one before', {
    plant: async () => ({
      FLOE_ENCRYPTION_KEYS: `k2:${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`,
    }),
    says: /“k1”/,
  });
  planted('signing_key_old', 'it has signed for two years', {
    plant: () => grow('FLOE_SANDBOX_SIGNING_KEYS'),
    says: /FLOE_SANDBOX_SIGNING_KEYS.* 730 days ago/,
  });
  planted('encryption_key_old', 'it has encrypted for two years', {
    plant: () => grow('FLOE_ENCRYPTION_KEYS'),
    says: /FLOE_ENCRYPTION_KEYS.* 730 days ago/,
  });
  planted('webhook_secret_old', 'Polar has signed with it for two years', {
    plant: () => grow('POLAR_SANDBOX_WEBHOOK_SECRETS'),
    says: /POLAR_SANDBOX_WEBHOOK_SECRETS.* 730 days ago/,
  });
  planted('admin_token_old', 'operators have used it for two years', {
    plant: () => grow('FLOE_ADMIN_TOKEN'),
    says: /FLOE_ADMIN_TOKEN.* 730 days ago/,
  });
  planted('secret_removable', 'the key before the present one is there still', {
    plant: async () => {
      const both = { FLOE_ENCRYPTION_KEYS_2: secondEncryptionKey(Date.now() - 40 * DAY_MS) };
      await consult(both);
      await env.DB.prepare('update secret_ages set first_seen_at = first_seen_at - ?')
        .bind(30 * DAY_MS)
        .run();
      await runCron(both);
      return both;
    },
    says: /FLOE_ENCRYPTION_KEYS has the key k1/,
  });
  planted('app_key_old', 'it is two years old and used', {
    plant: async () => {
      await env.DB.prepare(
        "update api_keys set created_at = created_at - ?, last_used_at = ? where kind = 'secret' and app_id = ?",
      )
        .bind(730 * DAY_MS, Date.now(), patient.quay.id)
        .run();
    },
    says: /of quay-sandbox.*730 days ago/,
  });
  planted('app_key_ending', 'it ends in an hour and is used', {
    plant: async () => {
      await useKeyThatEnds(60 * MINUTE_MS);
    },
    says: /“short” of quay-sandbox.* in \d+ minutes/,
  });
  planted('app_key_ended', 'it has ended, and somebody sends it', {
    plant: async () => {
      const key = await useKeyThatEnds(2 * MINUTE_MS);
      await env.DB.prepare('update api_keys set last_used_at = null').run();
      await patient.world.advance(3 * MINUTE_MS);
      await call('GET', '/v1/products', { key });
      await patient.world.settle();
    },
    says: /“short” of quay-sandbox.* ended at/,
  });
});

describe('keys that have ended', () => {
  const codes = async () => new Set((await consult()).data.map(({ code }) => code));
  /** Ends keys of the app and says when they were last sent; milliseconds from now. */
  const setKeys = (which: string, { ends, used }: { ends: number; used: number }) =>
    env.DB.prepare(`update api_keys set expires_at = ?, last_used_at = ? where app_id = ? and ${which}`)
      .bind(Date.now() + ends, Date.now() + used, patient.quay.id)
      .run();

  it('leave an app without a key', async () => {
    await setKeys("kind = 'secret'", { ends: -2 * DAY_MS, used: -3 * DAY_MS });
    expect(await codes()).toEqual(new Set(['app_without_key']));
  });

  it('are not asked to be replaced, though they are old', async () => {
    await admin('POST', `/admin/apps/${patient.quay.slug}/keys`, { kind: 'secret', name: 'next' });
    await setKeys("name = 'first'", { ends: -DAY_MS, used: -2 * DAY_MS });
    await env.DB.prepare('update api_keys set created_at = created_at - ?')
      .bind(730 * DAY_MS)
      .run();
    expect(await codes()).toEqual(new Set());
  });

  it('hide no others, however many they are', async () => {
    for (let n = 0; n < 25; n++)
      await admin('POST', `/admin/apps/${patient.quay.slug}/keys`, { kind: 'secret', name: 'of a day' });
    await setKeys("name = 'of a day'", { ends: -2 * DAY_MS, used: -3 * DAY_MS });
    const keys = [
      { name: 'ends', ends: DAY_MS, used: -DAY_MS },
      { name: 'ended', ends: -DAY_MS, used: -1_000 },
    ];
    for (const { name, ...times } of keys) {
      await admin('POST', `/admin/apps/${patient.quay.slug}/keys`, { kind: 'secret', name });
      await setKeys(`name = '${name}'`, times);
    }
    expect(await codes()).toEqual(new Set(['app_key_ending', 'app_key_ended']));
  });
});

/** The gateway has run with this one for two years. */
async function grow(setting: string): Promise<void> {
  await consult();
  await env.DB.prepare('update secret_ages set first_seen_at = first_seen_at - ? where setting = ?')
    .bind(730 * DAY_MS, setting)
    .run();
}

/** Encrypts from then on, milliseconds. */
function secondEncryptionKey(from: number): string {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  return `k2:${key}:${Math.floor(from / 1000)}`;
}

async function useKeyThatEnds(inMs: number): Promise<string> {
  const { body } = await admin('POST', `/admin/apps/${patient.quay.slug}/keys`, {
    kind: 'secret',
    name: 'short',
    expires_at: new Date(Date.now() + inMs).toISOString(),
  });
  const key = body['key'] ?? '';
  await call('GET', '/v1/products', { key });
  await patient.world.settle();
  return key;
}
