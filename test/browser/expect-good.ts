import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { findFaults } from './axe.ts';

/** What axe-core asks of a page that another size or other colours can change. All else it asks in the first look. */
const OF_LOOKS = ['color-contrast', 'scrollable-region-focusable', 'target-size'] as const;

const LOOKS = [
  { width: 1100, height: 900, colorScheme: 'light' },
  { width: 1100, height: 900, colorScheme: 'dark', rules: OF_LOOKS },
  { width: 390, height: 844, colorScheme: 'light', rules: OF_LOOKS },
  { width: 390, height: 844, colorScheme: 'dark', rules: OF_LOOKS },
] as const;

/** Looks at a page as it is now, in every way: axe-core finds nothing, and nothing is cut off. */
export async function expectGood(page: Page): Promise<void> {
  const size = page.viewportSize();
  for (const { width, height, colorScheme, ...look } of LOOKS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const where = `${page.url()} at ${width}, ${colorScheme}`;
    expect(await findFaults(page, 'rules' in look ? look.rules : undefined), where).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth'), where).toBeLessThanOrEqual(width);
  }
  if (size) await page.setViewportSize(size);
}
