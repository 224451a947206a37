import axe from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * What axe-core finds wrong with a page as it is now, a line a place: `rule: the element: how to mend it`. `rules`: only these; all
 * without it. `within`: a selector of what is looked at; the whole page without it.
 */
export async function findFaults(page: Page, rules?: readonly string[], within?: string): Promise<string[]> {
  if (await page.evaluate('!window.axe')) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    ([only, place]) =>
      (window as unknown as { axe: typeof axe }).axe.run(place ?? document, {
        // What is well is neither described nor brought over.
        resultTypes: ['violations'],
        ...(only === undefined ? {} : { runOnly: [...only] }),
      }),
    [rules, within] as const,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
