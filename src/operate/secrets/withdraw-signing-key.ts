import { MOST_LICENSE_DAYS } from '../../base/config.ts';
import { audit } from '../../base/audit.rows.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { runOne } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { selectPublishedKeys, withdrawKey } from '../../access/published-keys.rows.ts';

const DAY_MS = 86_400_000;
/** A withdrawal is remembered for longer than any licence that the key may have signed. */
const REMEMBERED_MS = (MOST_LICENSE_DAYS + 30) * DAY_MS;

/**
 * Publishes a key that has leaked no longer, whether it is in a setting or is kept for offline licences: what it has signed is believed by
 * nobody who reads the key set anew. Repeated, it changes nothing.
 * @throws {Problem} `mode_not_configured`; `not_found`; `conflict` when it is the only key of the mode
 */
export async function withdrawSigningKey(
  services: Services,
  { mode, key: kid }: { mode: Mode; key: string },
  by: Doer,
): Promise<void> {
  const { config, database } = services;
  const now = services.now();
  const settings = config.modes[mode];
  if (!settings) throw new Problem('mode_not_configured');
  const noted = (await runOne(database, selectPublishedKeys({ now }))).find(
    (key) => key.mode === mode && key.kid === kid,
  );
  if (noted && noted.withdrawnAt !== null) return;
  const configured = settings.signingKeys.find((key) => key.kid === kid);
  const known = configured ?? noted;
  if (!known) throw new Problem('not_found', { detail: `No key ${kid} of ${mode} is published.` });
  if (configured && settings.signingKeys.length === 1)
    throw new Problem('conflict', {
      detail: `${kid} is the only signing key of ${mode}: give it another one first, with floe rotate signing --emergency.`,
    });
  await runBatch(database, [
    withdrawKey({ mode, kid, x: known.x, now, until: now + REMEMBERED_MS }),
    audit(database, by, now, { action: 'signing_key.withdrawn', appId: null, target: kid }),
  ]);
}
