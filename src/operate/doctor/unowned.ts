import type { Mode } from '../../base/mode.rules.ts';
import { parseJson } from '../../base/json.rules.ts';
import { readClaims } from '../../polar/product-names.rules.ts';
import { selectUnowned } from './apps.rows.ts';
import type { Evidence } from './evidence.ts';

/** A catalogue that nobody owns is one mistake: more than these say nothing more. */
const MAX_SHOWN = 20;

/** Products on sale that no app owns, with the apps that each names: none, one that is not there, or two that differ. */
export async function findUnowned({ database, config }: Evidence, mode: Mode) {
  const rows = await selectUnowned(database, mode, MAX_SHOWN);
  return rows.map(({ id, name, metadata }) => ({
    id,
    name,
    claims: [
      ...new Set(
        readClaims({ name, metadata: parseJson(metadata) as Record<string, unknown> }, config.ownerKeys),
      ),
    ],
  }));
}
