import { document } from '../../http/route-docs.ts';
import { offlineLicense } from './offline-licenses.answers.ts';
import { postOfflineLicense } from './offline-licenses.routes.ts';

export const offlineLicensesDocs = document([
  [
    postOfflineLicense,
    {
      id: 'issueOfflineLicense',
      tag: 'Licence keys',
      summary: 'Get a licence that counts without a network',
      description:
        'Checks the key and its activation at Polar, as `validate` does, and signs a licence for one machine: a JWT of the type `floe-license+jwt` that the program verifies by itself, with the public keys of `/.well-known/jwks.json`. [Offline licences](docs/offline-licences.md) has what is in it and programs that verify it. Always `200`, also for a no: then `license` is null and `code` says why. `fingerprint` names the machine; only its salted hash is kept and signed. While a licence of another machine counts, an activation gets none: `conditions_mismatch`. Without `conditions` the activation is taken to be made for `{"fingerprint": …}`, if it has any. It ends after `days`, and after 30 days unless the gateway is set otherwise; with the key; with a subscription that was canceled; and three days behind the period of one that renews.',
      responses: { 200: { description: 'What is said of the key, and the licence', schema: offlineLicense } },
      problems: ['unavailable', 'rate_limited', 'mode_not_configured', 'polar_scope_missing'],
    },
  ],
]);
