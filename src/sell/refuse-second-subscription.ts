import * as z from 'zod/mini';
import type { AppRow } from '../base/db/schema.rows.ts';
import type { Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { BILLABLE } from '../polar/billable.rules.ts';
import { isContentError } from '../record/apply-observation.ts';
import { applyReads } from '../record/apply-reads.ts';
import { learnOrganization } from '../record/learn-organization.ts';
import { findOrganization } from '../record/organizations.rows.ts';
import type { HeldSubscription } from './held-subscriptions.rows.ts';

/** A customer with more than that is one of an organization that allows several. */
const MOST_LOOKED_AT = 3;

/**
 * Refuses to sell a subscription to a customer who cannot finish the checkout: Polar lets a customer have one in all
 * unless the organization allows several, and says so only when the buyer pays (ADR 77). What is stored decides whether
 * there is a doubt at all; then Polar is asked, so that nobody is turned away by what was missed. When the setting is not
 * known, the checkout is opened.
 * @throws {Problem} `already_subscribed`, `polar_…`
 */
export async function refuseSecondSubscription(
  services: Services,
  app: AppRow,
  held: readonly HeldSubscription[],
): Promise<void> {
  if (held.length === 0 || (await allowsSeveral(services, app.mode)) !== false) return;
  for (const subscription of held.slice(0, MOST_LOOKED_AT)) {
    if (await isStillHeld(services, app.mode, subscription.id)) throw alreadySubscribed(app, subscription);
  }
}

/** Undefined: not known. */
async function allowsSeveral(services: Services, mode: Mode): Promise<boolean | undefined> {
  const id = services.config.modes[mode]?.organizationId;
  await learnOrganization(services, mode).catch(believeWhatIsStored);
  const known = id === undefined ? undefined : await findOrganization(services.database, mode, id);
  return known?.allowsMultipleSubscriptions ?? undefined;
}

const subscription = z.looseObject({ status: z.string() });

async function isStillHeld(services: Services, mode: Mode, id: string): Promise<boolean> {
  try {
    const read = await services.polar(mode).fetchObject('subscription', id);
    if (!read) return false;
    await applyReads(services, mode, [{ kind: 'subscription', read }], 'api');
    return BILLABLE.includes(subscription.parse(read.data).status);
  } catch (error) {
    believeWhatIsStored(error);
    return true;
  }
}

/** A token that may not read it, or an answer that is not understood: what was stored counts. */
function believeWhatIsStored(error: unknown): void {
  const isLacking = error instanceof Problem && error.code === 'polar_scope_missing';
  if (!isLacking && !isContentError(error)) throw error;
}

function alreadySubscribed(app: AppRow, { id, appId }: HeldSubscription): Problem {
  const rule =
    'Polar lets a customer of this organization have one active subscription in all, and this customer has one';
  if (appId !== app.id)
    return new Problem('already_subscribed', {
      detail: `${rule} already. Only the operator can change that: the organization’s settings at Polar say whether several are allowed (allow_multiple_subscriptions).`,
    });
  return new Problem('already_subscribed', {
    detail: `${rule} of this app. Change it instead: POST /v1/subscriptions/${id}/change.`,
    subscriptionId: id,
  });
}
