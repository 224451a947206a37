import { document } from '../../http/route-docs.ts';
import { gatewaySecrets } from './secrets.answers.ts';
import { getSecrets, postReseal, postWithdrawal } from './secrets.routes.ts';

const tag = 'Secrets';

export const secretsDocs = document([
  [
    getSecrets,
    {
      id: 'listGatewaySecrets',
      tag,
      summary: 'Which secrets the gateway runs with',
      description:
        'Names and ages of what can be rotated, never a value. A key’s name is its id; that of a webhook secret or an operator’s token is a fingerprint. `state` says where a key stands in its life: `coming` is known and not used yet, `current` makes what is new, `kept` is needed for what it has made, `removable` is not needed any more, which for a signing key is so from `removable_at` on. Of webhook secrets and operators’ tokens all are `accepted`. `npx floe rotate` goes by this.',
      responses: { 200: { description: 'All secrets of the modes that are on', schema: gatewaySecrets } },
    },
  ],
  [
    postReseal,
    {
      id: 'resealNow',
      tag,
      summary: 'Encrypt with the new key now',
      description:
        'After a new encryption key has begun, the cron encrypts again what older keys have encrypted, some thousand values a minute. This does a part at once; call it until `reseal.is_complete`. It becomes so at `settled_at` at the earliest: until then an invocation that began with the settings of before may still use the older key, and there is another pass behind that.',
      responses: { 200: { description: 'What is left', schema: gatewaySecrets } },
    },
  ],
  [
    postWithdrawal,
    {
      id: 'withdrawSigningKey',
      tag,
      summary: 'Publish a signing key that has leaked no longer',
      description:
        'The key leaves the published key set at once, also while a setting has it and while [offline licences](docs/offline-licences.md) that it has signed still count: they are refused wherever the key set is read anew. The only key of a mode cannot be withdrawn. `npx floe rotate signing --emergency` does this with the key that it replaces; call it yourself for one that was replaced before.',
      responses: { 200: { description: 'All secrets', schema: gatewaySecrets } },
      problems: ['mode_not_configured', 'not_found', 'conflict'],
    },
  ],
]);
