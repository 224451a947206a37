/** What rows of several kinds carry. */

import type { models } from '@polar-sh/sdk/2026-10';

export type Metadata = models.MetadataOutputType;
export type CustomFieldData = Record<string, string | number | boolean | null>;
