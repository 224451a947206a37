import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { PolarRead } from '../../base/polar-gateway.ts';
import { describeErrors, Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { applyReads } from '../../record/apply-reads.ts';
import type { DisputeView } from './disputes.answers.ts';
import { isOpen } from './disputes.rules.ts';
import { getDispute, requireDispute } from './list-disputes.ts';

/**
 * Has Polar accept a dispute, which loses it: the buyer keeps the money, and Polar takes what was bought away. It cannot be undone.
 * When Polar's answer was lost, the dispute itself says what became of it.
 * @throws {Problem} `not_found`; `conflict` when it is decided already; what Polar refuses it for, and what Polar's failure is
 */
export async function acceptDispute(
  services: Services,
  app: AppRow,
  id: string,
  by: Doer,
): Promise<DisputeView> {
  const { status } = await requireDispute(services, app, id);
  if (!isOpen(status)) throw decided(status);
  const polar = services.polar(app.mode);
  const asked = await polar.acceptDispute(id);
  if (asked.ok) {
    await learn(services, app, asked.value, { id, by });
    return getDispute(services, app, id);
  }
  const { status: refusedWith, errors, cause } = asked.error;
  if (refusedWith !== 409) {
    const detail = describeErrors(errors);
    throw new Problem('polar_rejected', { ...(detail ? { detail, errors } : {}), cause });
  }
  // Somebody else was faster, or an earlier call whose answer was lost.
  const read = await polar.fetchObject('dispute', id);
  if (read) await learn(services, app, read);
  throw decided((await requireDispute(services, app, id)).status);
}

async function learn(
  services: Services,
  app: AppRow,
  read: PolarRead,
  accepted?: { id: string; by: Doer },
): Promise<void> {
  const { database } = services;
  const note = accepted
    ? ({ now }: { now: number }) => [
        audit(database, accepted.by, now, {
          action: 'dispute.accepted',
          appId: app.id,
          target: accepted.id,
        }),
      ]
    : undefined;
  await applyReads(services, app.mode, [{ kind: 'dispute', read, note }], 'api');
}

function decided(status: string | null): Problem {
  return new Problem('conflict', {
    detail: `This dispute cannot be accepted any more: Polar says \`${status ?? 'unknown'}\`.`,
  });
}
