import * as z from 'zod/mini';
import { timestamp } from '../../http/shapes.ts';
import { licenseCheck } from '../license-keys/license-keys.answers.ts';

/** What is said of a key, with a licence when it is valid. */
export const offlineLicense = z.extend(licenseCheck, {
  license: z.nullable(z.string()),
  expires_at: z.nullable(timestamp),
});
export type OfflineLicenseView = z.output<typeof offlineLicense>;
