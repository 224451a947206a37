import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { findFaults } from './axe.ts';

/** axe-core asks everything in the first look, and in the others what other colours or another size can change. */
const LOOKS: readonly {
  width: number;
  height: number;
  colorScheme: 'light' | 'dark';
  rules?: readonly string[];
}[] = [
  { width: 1100, height: 900, colorScheme: 'light' },
  { width: 1100, height: 900, colorScheme: 'dark', rules: ['color-contrast'] },
  { width: 390, height: 844, colorScheme: 'light', rules: ['scrollable-region-focusable', 'target-size'] },
];

/** Looks at a page as it is now, in every way: axe-core finds nothing, and nothing is cut off. */
export async function expectGood(page: Page): Promise<void> {
  const size = page.viewportSize();
  for (const { width, height, colorScheme, rules } of LOOKS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const where = `${page.url()} at ${width}, ${colorScheme}`;
    expect(await findFaults(page, { rules }), where).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth'), where).toBeLessThanOrEqual(width);
  }
  if (size) await page.setViewportSize(size);
}
