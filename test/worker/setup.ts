import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type * as gateway from '../../src/index.ts';

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof gateway;
    }
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
      TEST_RUNS: string;
      TEST_FAULTS: string;
      FLOE_ADMIN_TOKEN: string;
      POLAR_LIVE_WEBHOOK_SECRETS: string;
      POLAR_SANDBOX_WEBHOOK_SECRETS: string;
    }
  }
}

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
