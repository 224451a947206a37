import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What is looked at: all of the page, by all rules, where nothing is said. */
export interface Looked {
  /** Only these rules. */
  rules?: readonly string[] | undefined;
  /** All rules but these. */
  without?: readonly string[];
  /** A selector. */
  within?: string | undefined;
}

/** What axe-core finds wrong with a page as it is now, a line a place: `rule: the element: how to mend it`. */
export async function findFaults(
  page: Page,
  { rules, without = [], within }: Looked = {},
): Promise<string[]> {
  if (await page.evaluate('!window.axe')) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    ([only, not, place]) =>
      (window as unknown as { axe: typeof axe }).axe.run(place ?? document, {
        // What is well is neither described nor brought over.
        resultTypes: ['violations'],
        ...(only === undefined ? {} : { runOnly: [...only] }),
        rules: Object.fromEntries(not.map((rule) => [rule, { enabled: false }])),
      }),
    [rules, without, within] as const,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
