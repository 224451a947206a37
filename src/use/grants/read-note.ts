import type { AppRow } from '../../base/db/schema.rows.ts';
import { MemoryCache } from '../../base/memory.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { requireGrant } from './get-grant.ts';
import type { GrantNoteView } from './grants.answers.ts';

/** Sellers change notes seldom, and a page may show one to many. */
const MEMORY_MS = 60_000;
const remembered = new MemoryCache<GrantNoteView>({ maxEntries: 500, maxBytes: 4_000_000, ttlMs: MEMORY_MS });

/** Longer ones are cut. Polar's editor stops far before. */
const MAX_NOTE_CHARS = 20_000;

/**
 * The note of the custom benefit that a grant gives, as it was written and as HTML that a page can show as it is. It is a
 * secret for those who have the benefit, so it is read from Polar when it is asked for and not stored (ADR 47).
 * @throws {Problem} `not_found` also when there is none, `grant_revoked`, `polar_…`
 */
export async function readNote(services: Services, app: AppRow, id: string): Promise<GrantNoteView> {
  const row = await requireGrant(services, app, id);
  if (row.benefitType !== 'custom') throw none();
  if (row.state !== 'granted')
    throw new Problem('grant_revoked', {
      detail: 'The note is for those who have the benefit, and this grant is not granted.',
    });
  const key = `${app.mode}:${id}`;
  const now = services.now();
  const known = remembered.get(key, now);
  if (known) return known;
  const markdown = await fetchNote(services, app, row.benefitId);
  const { renderNote } = await import('./render-note.ts');
  const note = { grant_id: id, markdown, html: renderNote(markdown) };
  remembered.set(key, note, 2 * (note.markdown.length + note.html.length), now);
  return note;
}

async function fetchNote(services: Services, app: AppRow, benefitId: string): Promise<string> {
  const read = await services.polar(app.mode).fetchObject('benefit', benefitId);
  const { properties }: { properties?: unknown } = Object(read?.data);
  const { note }: { note?: unknown } = Object(properties);
  if (typeof note !== 'string' || note.trim() === '') throw none();
  return note.slice(0, MAX_NOTE_CHARS);
}

function none(): Problem {
  return new Problem('not_found', { detail: 'The benefit of this grant has no note.' });
}
