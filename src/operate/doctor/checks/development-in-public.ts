import type { Check } from '../check.ts';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** In development receivers and pages may be on loopback, without TLS. */
export const developmentInPublic: Check = {
  code: 'development_in_public',
  area: 'the-gateway',
  severity: 'error',
  title: 'A public gateway runs as on a developer’s machine',
  each: 'gateway',
  look({ config }) {
    if (!config.development || LOOPBACK.test(new URL(config.url).hostname)) return [];
    return [
      {
        target: 'FLOE_DEVELOPMENT',
        detail: `FLOE_DEVELOPMENT is 1, and FLOE_URL is ${config.url}: receivers on loopback and plain http are allowed.`,
        mend: 'npx wrangler secret delete FLOE_DEVELOPMENT --name floe',
      },
    ];
  },
};
