import { MODES } from '../base/mode.rules.ts';
import { document, type DocumentedRoute } from '../http/route-docs.ts';
import { jwks } from './access.answers.ts';
import { getJwks, getModeJwks } from './jwks.routes.ts';

const tag = 'Access';

const ID_OF_MODE = { live: 'getLiveKeySet', sandbox: 'getSandboxKeySet' } as const;

const responses = {
  200: {
    description: 'A JSON Web Key Set (RFC 7517)',
    schema: jwks,
    headers: { 'Cache-Control': 'How long a verifier may keep them' },
  },
};

export const jwksDocs = document([
  [
    getJwks,
    {
      id: 'getKeySet',
      tag,
      summary: 'Keys that verify entitlement tokens and offline licences',
      description:
        'The public keys of all modes. A verifier also compares `iss` with the one mode it serves, `<origin>/live` or `<origin>/sandbox`: tokens of sandbox are signed with keys of this set too. A key with `licenses_only` has been replaced: it is published for the offline licences that it has signed, and verifies no entitlement token.',
      responses,
    },
  ],
  ...MODES.map((mode): DocumentedRoute => [
    getModeJwks[mode],
    {
      id: ID_OF_MODE[mode],
      tag,
      summary: `Keys that verify entitlement tokens and offline licences of ${mode}`,
      description: `The public keys of this mode alone, beneath its issuer, \`<origin>/${mode}\`.`,
      responses,
      problems: ['not_found'],
    },
  ]),
]);
