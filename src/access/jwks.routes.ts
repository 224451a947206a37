import type { JwksView } from './access.answers.ts';
import { MODES, type Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../http/route.ts';
import { listPublishedKeys } from './list-published-keys.ts';

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

async function answer(c: AppContext, modes: readonly Mode[]): Promise<Response> {
  const services = c.get('services');
  if (!modes.some((mode) => services.config.modes[mode]))
    throw new Problem('not_found', { detail: 'This mode is not configured.' });
  const { keys, lifetimeSeconds } = await listPublishedKeys(services, modes);
  return c.json({ keys } satisfies JwksView, 200, {
    'cache-control': `public, max-age=${lifetimeSeconds}`,
    // Public keys are no secret, and pages that verify a token themselves need them.
    'access-control-allow-origin': '*',
  });
}
