import type { JwksView } from './access.answers.ts';
import { JWKS_LIFETIME_SECONDS } from '../base/key-lives.rules.ts';
import { MODES, type Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../http/route.ts';
import { publicJwks } from '../base/signing.ts';

export const getJwks = defineRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  auth: [],
});

const ofMode = (mode: Mode) =>
  defineRoute({ method: 'get', path: `/${mode}/.well-known/jwks.json`, auth: [] });

/** The key set of one issuer alone, beneath its `iss`. */
export const getModeJwks = { live: ofMode('live'), sandbox: ofMode('sandbox') };

export function mountJwks(app: App): void {
  mount(app, getJwks, (c) => answer(c, MODES));
  for (const mode of MODES) mount(app, getModeJwks[mode], (c) => answer(c, [mode]));
}

function answer(c: AppContext, modes: readonly Mode[]): Response {
  const configured = modes
    .map((mode) => c.get('services').config.modes[mode])
    .filter((mode) => mode !== undefined);
  if (configured.length === 0) throw new Problem('not_found', { detail: 'This mode is not configured.' });
  return c.json({ keys: configured.flatMap(publicJwks) } satisfies JwksView, 200, {
    'cache-control': `public, max-age=${JWKS_LIFETIME_SECONDS}`,
    // Public keys are no secret, and pages that verify a token themselves need them.
    'access-control-allow-origin': '*',
  });
}
