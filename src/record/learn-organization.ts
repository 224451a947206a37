import type { Mode } from '../base/mode.rules.ts';
import type { Services } from '../base/services.ts';
import { log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { observePlainRead } from '../polar/observe.rules.ts';
import { applyObservation } from './apply-observation.ts';
import { findOrganization } from './organizations.rows.ts';

/**
 * Reads the mode's organization from Polar and stores what is kept of it: its settings may have changed without a word.
 * @throws {Problem} `polar_…`; `polar_scope_missing` without `organizations:read`
 */
export async function learnOrganization(services: Services, mode: Mode): Promise<void> {
  const id = services.config.modes[mode]?.organizationId;
  const read = id === undefined ? undefined : await services.polar(mode).fetchOrganization(id);
  if (!read) return;
  const observation = observePlainRead('organization', read.data, read.requestedAt);
  await applyObservation(services, { mode, observation, origin: 'api' });
}

/** Webhooks tell of changes; this often it is read all the same, in case one was lost. */
const READ_EVERY_MS = 60 * 60_000;

/**
 * Reads the organization from Polar when nothing of it is known, or that is an hour old. A token that may not read it is
 * no failure of this: its scope is shown as missing. Nor is D1, which is checked by itself.
 * @throws {Problem} `polar_…`
 */
export async function keepOrganizationKnown(services: Services, mode: Mode): Promise<void> {
  try {
    if (!(await isKnown(services, mode))) await learnOrganization(services, mode);
  } catch (error) {
    if (error instanceof Problem && error.code !== 'polar_scope_missing') throw error;
    if (!(error instanceof Problem)) log('error', 'an organization was not read', { mode, error });
  }
}

async function isKnown(services: Services, mode: Mode): Promise<boolean> {
  const id = services.config.modes[mode]?.organizationId;
  const known = id === undefined ? undefined : await findOrganization(services.database, mode, id);
  const isRecent = known !== undefined && services.now() - known.seenAt < READ_EVERY_MS;
  return isRecent && known.allowsMultipleSubscriptions !== null;
}
