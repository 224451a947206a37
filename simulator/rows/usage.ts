/** Meters and what was used. */

import type { models } from '@polar-sh/sdk/2026-10';

export interface MeterRow extends models.Meter {}
