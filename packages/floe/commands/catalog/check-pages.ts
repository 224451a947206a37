import type { Plan } from '../../catalog/plan/plan.rules.ts';
import type { Source } from '../../catalog/source/read-source.ts';
import { describeFault } from '../../catalog/source/yaml-text.rules.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';

/** Says which patterns of `content` name no page, and which fields of pages are nearly ours: a folder that was moved, or a mistake in typing. */
export function sayUnmatched({ out }: Pick<Context, 'out'>, { file, unmatched, doubts }: Source): void {
  for (const doubt of doubts) out.warn(describeFault(doubt));
  for (const pattern of unmatched) out.warn(`${file}: content: ${pattern} names no page.`);
}

/** @throws {CliError} when pages would be archived, and a pattern of `content` names none: they may all be there still, under another name */
export function refuseUnmatched({ file, unmatched }: Source, { changes }: Plan): void {
  const pages = changes.filter(({ action, key }) => action === 'archive' && key.startsWith('page:'));
  if (pages.length === 0 || unmatched.length === 0) return;
  throw new CliError(EXIT.failed, `Nothing was pushed: ${file} names no page by ${unmatched.join(', ')}.`, {
    code: 'content_unmatched',
    hint: 'What it named before would be archived. Mend the pattern, or take it out.',
  });
}
