import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { runCron } from '../../compare/reconcile-calls.ts';
import { openDesk } from '../../people/sign-in-calls.ts';
import { consult, createPatient, MINUTE_MS, type Patient, planted } from './surgery.ts';

let patient: Patient;
let minutes = 0;
beforeEach(async () => {
  patient = await createPatient();
  // An isolate looks at KV and the queue once a minute: what it saw in the test before is that one's.
  minutes += 2;
  await patient.world.advance(minutes * MINUTE_MS);
  await runCron();
});
afterEach(() => {
  vi.useRealTimers();
});

const silentQueue = { sendBatch: () => Promise.resolve() };

describe('what the Worker is bound to', () => {
  planted('bindings_missing', 'a rate limit is not bound', {
    plant: async () => ({ LIMIT_APP: undefined }),
    says: /no binding LIMIT_APP/,
  });
  planted('kv_unavailable', 'it takes nothing', {
    plant: async () => ({ ENTITLEMENTS: { put: () => Promise.reject(new Error('away')) } }),
    says: /KV does not answer/,
  });
  planted('queue_refuses', 'it is away', {
    plant: async () => ({ WORK: { sendBatch: () => Promise.reject(new Error('away')) } }),
    says: /takes no messages/,
  });
  planted('queue_not_consumed', 'its consumer was removed', {
    plant: async () => {
      await consult({ WORK: silentQueue });
      await patient.world.advance(6 * MINUTE_MS);
      await runCron();
      return { WORK: silentQueue };
    },
    says: /were not consumed/,
  });
  planted('cron_stopped', 'its trigger was removed', {
    plant: async () => {
      await patient.world.advance(6 * MINUTE_MS);
    },
    says: /ran last at .*, 6 minutes ago/,
  });
});

describe('migrations', () => {
  let newest = '';
  planted('migrations_missing', 'one was not applied', {
    plant: async () => {
      const applied = await env.DB.prepare('select name from d1_migrations').all<{ name: string }>();
      newest = applied.results.at(-1)?.name ?? '';
      await env.DB.prepare('delete from d1_migrations where name = ?').bind(newest).run();
    },
    says: /\d{4}_\w+\.sql/,
    undo: () => env.DB.prepare('insert into d1_migrations (name) values (?)').bind(newest).run(),
  });
  planted('migrations_newer', 'an older build was deployed over a newer one', {
    plant: async () => {
      await env.DB.prepare("insert into d1_migrations (name) values ('9999_from_the_future.sql')").run();
    },
    says: /9999_from_the_future\.sql/,
    undo: () => env.DB.prepare("delete from d1_migrations where name = '9999_from_the_future.sql'").run(),
  });
});

describe('settings', () => {
  planted('mail_not_configured', 'FLOE_MAIL_FROM is not set', {
    plant: async () => ({ FLOE_MAIL_FROM: undefined }),
    says: /FLOE_MAIL_FROM is not set/,
  });
  planted('mail_domain_unusable', 'it is of a domain for examples', {
    plant: async () => ({ FLOE_MAIL_FROM: 'sign-in@shop.example.com' }),
    says: /“shop\.example\.com”/,
  });
  planted('mail_refused', 'Cloudflare does not take the last one', {
    plant: async () => {
      const { world, quay, product } = patient;
      const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
        products: [product],
      });
      await world.pay('sandbox', checkout.url, { email: 'ada@floe-mail.dev' });
      await world.settle();
      const desk = openDesk({ DB: env.DB });
      desk.trouble.mail = 2;
      const answer = await desk.send('POST', '/v1/sign-in', {
        key: quay.secretKey,
        body: { email: 'ada@floe-mail.dev' },
      });
      expect(answer.status).toBe(202);
    },
    says: /^(?!.*ada@).*last mail was not taken/,
  });
  planted('development_in_public', 'the switch of npm start is on', {
    plant: async () => ({ FLOE_DEVELOPMENT: '1', POLAR_LIVE_ACCESS_TOKEN: undefined }),
    says: /FLOE_DEVELOPMENT is 1/,
  });
});
