import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_API_URL } from '../../harness/bindings.ts';
import { call, GATEWAY_URL } from '../../harness/harness.ts';
import { losing, reconcile, runCron } from '../../compare/reconcile-calls.ts';
import { startPayment } from '../../harness/story.ts';
import {
  certain,
  consult,
  createPatient,
  fix,
  HOUR_MS,
  MINUTE_MS,
  type Patient,
  planted,
} from './surgery.ts';

let patient: Patient;
beforeEach(async () => {
  patient = await createPatient();
});

const endpoints = '/v1/webhooks/endpoints';
const path = () => `${endpoints}/${patient.world.polarEndpoints.sandbox}`;
const change = (fields: object) => patient.world.polar('sandbox', 'PATCH', path(), fields);
const register = (fields: object) =>
  patient.world.polar('sandbox', 'POST', endpoints, { format: 'raw', events: ['order.paid'], ...fields });
const ours = `${GATEWAY_URL}/webhooks/polar`;

/** From now on the sandbox's token may do this at Polar; null: everything. */
async function allow(scopes: string[] | null): Promise<void> {
  const url = `${SANDBOX_API_URL}/_sim/organizations/${patient.world.organizations.sandbox.id}/scopes`;
  const response = await patient.world.simulator.fetch(
    new Request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scopes }),
    }),
  );
  if (!response.ok) throw new Error(await response.text());
}

async function buy(): Promise<void> {
  const payment = await startPayment(patient.quay, patient.product);
  await patient.world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await patient.world.settle();
}

describe('what the organization at Polar has', () => {
  planted('polar_token_refused', 'the token is unknown there', {
    plant: async () => ({ POLAR_SANDBOX_ACCESS_TOKEN: 'polar_oat_made_up_0123456789abcdefghijkl' }),
    says: /POLAR_SANDBOX_ACCESS_TOKEN/,
  });
  planted('polar_wrong_organization', 'the id is another one’s', {
    plant: async () => ({ POLAR_SANDBOX_ORGANIZATION_ID: '11111111-1111-4111-8111-111111111111' }),
    says: /11111111-1111-4111-8111-111111111111/,
  });
  planted('polar_scopes_missing', 'the token was refused for want of one', {
    plant: async () => {
      await allow(['products:read', 'organizations:read', 'webhooks:read']);
      const body = { product_id: patient.product };
      await call('POST', '/v1/payments', { key: patient.quay.secretKey, body });
    },
    says: /checkouts:write.*payments/,
  });
  planted('clock_differs', 'Polar’s is three minutes ahead', {
    plant: async () => {
      patient.world.polarAhead = 3.5 * MINUTE_MS;
    },
    says: /3 minutes behind Polar/,
  });
  planted('organization_one_subscription', 'two apps sell subscriptions', {
    plant: async () => {
      await patient.world.createApp({ product: 'atlas' });
      for (const name of ['quay:monthly', 'atlas:monthly'])
        await patient.world.createProduct({ name, recurring: 'month' });
      await patient.world.settle();
    },
    says: /atlas-sandbox, quay-sandbox/,
  });
});

describe('Polar’s webhook endpoint', () => {
  planted('polar_endpoint_missing', 'it was deleted', {
    plant: async () => {
      await patient.world.polar('sandbox', 'DELETE', path());
    },
    says: /no webhook endpoint https:\/\/floe\.test-gateway\.dev\/webhooks\/polar/,
    mends: true,
  });
  planted('polar_endpoint_disabled', 'Polar gave it up', {
    plant: async () => {
      await change({ enabled: false });
    },
    says: /Polar sends nothing/,
    mends: true,
  });
  planted('polar_endpoint_events_missing', 'a type was taken from it', {
    plant: async () => {
      const { events } = await patient.world.polar<{ events: string[] }>('sandbox', 'GET', path());
      await change({ events: events.filter((type) => type !== 'order.refunded') });
    },
    says: /not registered for order\.refunded/,
    mends: true,
  });
  planted('polar_endpoint_format', 'it is a chat’s', {
    plant: async () => {
      await change({ format: 'slack' });
    },
    says: /“slack”/,
    mends: true,
  });
  planted('polar_endpoint_secret_unknown', 'its secret was reset at Polar', {
    plant: async () => {
      await patient.world.polar('sandbox', 'PATCH', `${path()}/secret`);
    },
    says: /none of POLAR_SANDBOX_WEBHOOK_SECRETS/,
  });
  planted('polar_endpoint_twice', 'it is registered a second time', {
    plant: async () => {
      await register({ url: ours, secret: env.POLAR_SANDBOX_WEBHOOK_SECRETS });
    },
    says: /2 enabled endpoints/,
  });
  it('that is there twice in a rotation is not to be deleted, but the rotation finished', async () => {
    const [, older = ''] = env.POLAR_LIVE_WEBHOOK_SECRETS.split(',');
    const more = { url: ours, format: 'raw', events: ['order.paid'], secret: older };
    await patient.world.polar('live', 'POST', endpoints, more);
    expect(certain(await consult()).map(({ code, mend }) => [code, mend])).toEqual([
      ['polar_endpoint_twice', 'npx floe rotate webhook --mode live'],
    ]);
  });
  planted('polar_endpoint_elsewhere', 'one with our secret sends to where the gateway was', {
    plant: async () => {
      const url = 'https://old.example-site.dev/webhooks/polar';
      await register({ url, secret: env.POLAR_SANDBOX_WEBHOOK_SECRETS });
    },
    says: /old\.example-site\.dev/,
  });
  planted('polar_endpoint_others', 'somebody else listens as well', {
    plant: async () => {
      await register({ url: 'https://other.example-site.dev/hooks/their-token-in-the-path' });
    },
    says: /^(?!.*their-token).*other\.example-site\.dev/,
  });
});

describe('comparing with Polar', () => {
  planted('reconcile_late', 'nothing was compared for hours', {
    plant: async () => {
      await patient.world.advance(3 * HOUR_MS);
    },
    says: /has not finished yet/,
    also: ['cron_stopped'],
    mends: true,
  });
  planted('reconcile_failed', 'Polar refused every list', {
    plant: async () => {
      await allow([]);
      await reconcile(patient.world);
      await allow(null);
    },
    says: /rec_\w+ failed: Polar refused every list/,
    also: ['polar_scopes_missing'],
  });
  planted('reconcile_incomplete', 'Polar refused a list', {
    plant: async () => {
      await allow([
        'products:read',
        'benefits:read',
        'customers:read',
        'members:read',
        'checkouts:read',
        'orders:read',
        'subscriptions:read',
        'refunds:read',
        'customer_seats:read',
        'webhooks:read',
        'organizations:read',
      ]);
      await reconcile(patient.world);
      await allow(null);
    },
    says: /list open_disputes was refused/,
    also: ['polar_scopes_missing'],
  });
  planted('drift_found', 'webhooks were lost', {
    plant: async () => {
      await reconcile(patient.world);
      await losing(patient.world, buy);
      await reconcile(patient.world);
    },
    says: /order \d/,
  });
});

describe('what came from Polar', () => {
  planted('polar_events_failed', 'one could not be applied, and can by now', {
    plant: async () => {
      await buy();
      await env.DB.prepare("update polar_events set status = 'failed' where type = 'order.paid'").run();
    },
    says: /1 event of Polar’s could not be applied.*“order\.paid”/,
    mends: true,
  });
  planted('polar_events_unrouted', 'somebody bought what no app owns', {
    plant: async () => {
      const { world } = patient;
      const { id } = await world.createProduct({ name: 'zebra:pro' });
      const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
        products: [id],
      });
      await world.pay('sandbox', checkout.url, { email: 'bob@readers.dev' });
      await world.settle();
      await world.advance(11 * MINUTE_MS);
      await runCron();
    },
    says: /fit no app/,
    also: ['product_claims_disagree'],
  });
  planted('rereads_late', 'nobody has read an object again', {
    plant: async () => {
      const at = Date.now() - HOUR_MS;
      await env.DB.prepare(
        "insert into rereads (mode, kind, id, reason, requested_at, next_attempt_at, attempts) values ('sandbox', 'product', ?1, 'doubtful', ?2, ?2, 1)",
      )
        .bind(patient.product, at)
        .run();
    },
    says: /“product”/,
    mends: true,
  });
  planted('refunds_late', 'Polar has not answered for two hours', {
    plant: async () => {
      await buy();
      const { id } = (await env.DB.prepare('select id from payments').first<{ id: string }>()) ?? { id: '' };
      patient.world.polarDown = true;
      const key = patient.quay.secretKey;
      await call('POST', `/v1/payments/${id}/refunds`, {
        key,
        body: {},
        headers: { 'idempotency-key': 'once' },
      });
      patient.world.polarDown = false;
      await env.DB.prepare('update refund_requests set created_at = created_at - ?')
        .bind(2 * HOUR_MS)
        .run();
    },
    says: /ref_\w+/,
  });
});

it('registers one endpoint at Polar, however many ask for it at once', async () => {
  await patient.world.polar('sandbox', 'DELETE', path());
  const answers = await Promise.all([1, 2, 3].map(() => fix(['polar_endpoint_missing'])));
  expect(answers.flatMap(({ data }) => data.map(({ outcome }) => outcome)).toSorted()).toEqual([
    'failed',
    'failed',
    'mended',
  ]);
  expect((await consult()).status).toBe('ok');
});
