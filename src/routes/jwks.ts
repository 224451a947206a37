import * as z from 'zod/mini';
import { MODES, type Mode } from '../domain/mode.ts';
import { Problem } from '../problem.ts';
import { type App, type AppContext, defineRoute, mount } from '../route.ts';
import { publicJwks } from '../storage/signing.ts';

/** How long verifiers may keep the keys: publish a new one that long before its `sign_from`. Seconds. */
export const JWKS_LIFETIME_SECONDS = 3600;

const jwks = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string(),
      alg: z.string(),
      use: z.literal('sig'),
    }),
  ),
});

const responses = { 200: { description: 'A JSON Web Key Set (RFC 7517)', schema: jwks } };

export const getJwks = defineRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  tag: 'Access',
  auth: [],
  summary: 'Keys that verify entitlement tokens',
  description:
    'The public keys of all modes. A verifier also compares `iss` with the one mode it serves, `<origin>/live` or `<origin>/sandbox`: tokens of sandbox are signed with keys of this set too.',
  responses,
});

/** The key set of one issuer alone, beneath its `iss`. */
const ofMode = (mode: Mode) =>
  defineRoute({
    method: 'get',
    path: `/${mode}/.well-known/jwks.json`,
    tag: 'Access',
    auth: [],
    summary: `Keys that verify entitlement tokens of ${mode}`,
    responses,
    problems: ['not_found'],
  });

export function mountJwks(app: App): void {
  mount(app, getJwks, (c) => answer(c, MODES));
  for (const mode of MODES) mount(app, ofMode(mode), (c) => answer(c, [mode]));
}

function answer(c: AppContext, modes: readonly Mode[]): Response {
  const configured = modes
    .map((mode) => c.get('services').config.modes[mode])
    .filter((mode) => mode !== undefined);
  if (configured.length === 0) throw new Problem('not_found', { detail: 'This mode is not configured.' });
  return c.json({ keys: configured.flatMap(publicJwks) }, 200, {
    'cache-control': `public, max-age=${JWKS_LIFETIME_SECONDS}`,
    // Nothing secret, and pages that verify a token themselves need it.
    'access-control-allow-origin': '*',
  });
}
