import * as z from 'zod/mini';
import { addressOf } from '../../http/navigation.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { text, uuid, wholeNumber } from '../../http/shapes.ts';
import { MOST_LICENSE_DAYS } from '../../base/config.ts';
import { licenseKeyText, MAX_VALUES, values } from '../license-keys/license-keys.routes.ts';
import { presentCheck } from '../license-keys/present-license-key.ts';
import { issueOfflineLicense } from './issue-offline-license.ts';
import type { OfflineLicenseView } from './offline-licenses.answers.ts';

const MIN_FINGERPRINT_CHARS = 8;
const MAX_FINGERPRINT_CHARS = 256;
const NOT_IN_IT = /[\p{Cc}\p{Surrogate}]/u;

/** It is hashed as it is written, so what a program might write in two ways is refused, and nothing is trimmed. */
const fingerprint = () =>
  text(MAX_FINGERPRINT_CHARS).check(
    z.minLength(MIN_FINGERPRINT_CHARS, `Must have at least ${MIN_FINGERPRINT_CHARS} characters.`),
    z.refine(
      (value) => value === value.trim() && !NOT_IN_IT.test(value),
      'Must have no white space around it, and no control characters.',
    ),
  );

export const postOfflineLicense = defineRoute({
  method: 'post',
  path: '/v1/license-keys/offline',
  auth: ['secret', 'publishable'],
  scope: 'license_keys:read',
  body: z.strictObject({
    key: licenseKeyText(),
    activation_id: uuid(),
    fingerprint: fingerprint(),
    conditions: z.optional(values(MAX_VALUES)),
    days: z.optional(wholeNumber(1, MOST_LICENSE_DAYS)),
  }),
});

export function mountOfflineLicenses(app: App): void {
  mount(app, postOfflineLicense, async (c, { caller, body }) => {
    const { answer, license } = await issueOfflineLicense(
      c.get('services'),
      { app: caller.app, kind: caller.kind, address: addressOf(c) },
      {
        key: body.key,
        activationId: body.activation_id,
        fingerprint: body.fingerprint,
        conditions: body.conditions,
        days: body.days,
      },
    );
    return c.json({
      ...presentCheck(answer, caller.kind),
      license: license?.token ?? null,
      expires_at: license ? new Date(license.endsAt).toISOString() : null,
    } satisfies OfflineLicenseView);
  });
}
