import { document } from '../../http/route-docs.ts';
import { licenseCheck, licenseKeyDetail, licenseKeyList } from './license-keys.answers.ts';
import {
  deleteActivation,
  getLicenseKeys,
  getOneLicenseKey,
  patchLicenseKey,
  postActivate,
  postDeactivate,
  postValidate,
} from './license-keys.routes.ts';

const tag = 'Licence keys';

const asked = ['unavailable', 'rate_limited', 'mode_not_configured', 'polar_scope_missing'] as const;
const read = ['mode_not_configured', 'polar_failed', 'polar_unavailable', 'polar_scope_missing'] as const;

export const licenseKeysDocs = document([
  [
    postValidate,
    {
      id: 'validateLicenseKey',
      tag,
      summary: 'Check a licence key',
      description:
        'Always `200`, also for a no: `code` says why. Of several reasons it is the first of `not_found`, `wrong_product`, `revoked`, `disabled`, `expired`, `activation_not_supported`, `activation_required`, `activation_unknown`, `conditions_mismatch`, `usage_exceeded`. A key that is limited to a number of activations is good for an `activation_id` only. A plain yes may be as old as `max_age` seconds, 300 unless given; 0 asks Polar. A no, and everything with an `activation_id`, `conditions` or `increment_usage`, is always asked. Send an `Idempotency-Key` with `increment_usage`: with the same key and body it is counted once. `customer` is there for secret keys only.',
      responses: { 200: { description: 'What is said of the key', schema: licenseCheck } },
      problems: [...asked],
    },
  ],
  [
    postActivate,
    {
      id: 'activateLicenseKey',
      tag,
      summary: 'Activate a licence key',
      description:
        'Makes an activation, for one machine. Keep its `id`: later checks name it as `activation_id`. `conditions` have to be given alike in every check of it. Always `200`: `code` is `valid` when it was made, else the first of `not_found`, `revoked`, `disabled`, `expired`, `activation_not_supported`, `activation_limit`. Send an `Idempotency-Key`: with the same key and body there is one activation, also when an answer got lost.',
      responses: { 200: { description: 'The key and its new activation', schema: licenseCheck } },
      problems: [...asked],
    },
  ],
  [
    postDeactivate,
    {
      id: 'deactivateLicenseKey',
      tag,
      summary: 'Deactivate a licence key',
      description:
        'Removes an activation, also of a key that has ended. Always `200`: `code` is `valid` when it was removed, else `not_found` or `activation_unknown`. Asked again after it was removed, the answer is `activation_unknown`.',
      responses: { 200: { description: 'The key without the activation', schema: licenseCheck } },
      problems: [...asked],
    },
  ],
  [
    getLicenseKeys,
    {
      id: 'listLicenseKeys',
      tag,
      summary: 'List licence keys',
      description:
        'Newest first; never with the whole key. A session lists its own. Of a `customer` a page has at most 20, with a session 5. A page may be short, and even empty, while `next_cursor` says that there are more. Without `customer` and `benefit` it lists the keys of all benefits that the app’s products have now.',
      responses: { 200: { description: 'A page of licence keys', schema: licenseKeyList } },
      problems: ['rate_limited', ...read],
    },
  ],
  [
    getOneLicenseKey,
    {
      id: 'getLicenseKey',
      tag,
      summary: 'Read a licence key',
      description:
        'As Polar has it now, with its activations. `reveal=true` shows the whole `key`, which is read at Polar for that and kept nowhere; for a secret key it is in the audit log.',
      responses: { 200: { description: 'The licence key', schema: licenseKeyDetail } },
      problems: ['not_found', 'rate_limited', ...read],
    },
  ],
  [
    patchLicenseKey,
    {
      id: 'updateLicenseKey',
      tag,
      summary: 'Change a licence key',
      description:
        'Changes what is named, at Polar. `disabled` blocks the key alone; `revoked` also revokes the grant that gave it, and `granted` gives it back. Null removes a limit or the end.',
      responses: { 200: { description: 'The licence key as it is then', schema: licenseKeyDetail } },
      problems: ['not_found', 'unavailable', 'polar_rejected', ...read],
    },
  ],
  [
    deleteActivation,
    {
      id: 'deleteLicenseKeyActivation',
      tag,
      summary: 'Remove an activation',
      description:
        'By the ids alone. With a session where the benefit lets its customers do it (at Polar: `enable_customer_admin`).',
      responses: { 204: { description: 'Removed' } },
      problems: ['not_found', 'rate_limited', 'activations_locked', ...read],
    },
  ],
]);
