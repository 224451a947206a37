import type { AppRow } from '../base/db/schema.rows.ts';
import { runBatch } from '../base/db/database.rows.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { learnOrganization } from '../record/learn-organization.ts';
import { embeddingStatement } from './embed-hosts.rows.ts';
import { mayEmbed } from './embed-hosts.rules.ts';

interface KnownEmbedding {
  /** JSON; null: it was stored before this was kept. */
  hosts: string | null;
  isEnforced: 0 | 1 | null;
}

/**
 * Refuses an embedding page whose host is not in Polar's list, which Polar would say to the buyer only. The list may have changed
 * without a word, so Polar is asked before anything is refused.
 * @throws {Problem} `disallowed_url`, `polar_…`
 */
export async function requireEmbeddable(
  services: Services,
  app: AppRow,
  { origin, known, where }: { origin: string | undefined; known: KnownEmbedding | undefined; where: string },
): Promise<void> {
  if (origin === undefined || (known?.hosts && mayEmbed(origin, read(known)))) return;
  await learnOrganization(services, app.mode).catch(believeWhatIsStored);
  const [now] = (await runBatch(services.database, embeddingStatement(services.config, app.mode))).flat();
  if (!now || mayEmbed(origin, read(now))) return;
  const path = `${where}.embed_origin`;
  const message = `Polar lets no page of ${origin} embed a checkout. Add its host to the organization’s embed hosts at Polar (Settings, Checkout).`;
  throw new Problem('disallowed_url', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

function read({ hosts, isEnforced }: KnownEmbedding) {
  const list: unknown = hosts === null ? null : JSON.parse(hosts);
  return {
    hosts: Array.isArray(list) ? list.filter((host) => typeof host === 'string') : null,
    isEnforced: isEnforced === null ? null : isEnforced === 1,
  };
}

/** A token that may not read the organization: what was stored counts. */
function believeWhatIsStored(error: unknown): void {
  if (!(error instanceof Problem) || error.code !== 'polar_scope_missing') throw error;
}
