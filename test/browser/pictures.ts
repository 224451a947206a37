import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** Git ignores it. */
const FOLDER = path.join(import.meta.dirname, '..', '..', '.floe', 'pictures');
const PHONE = { width: 360, height: 740 };

/** Saves how a page looks in light, in the dark and on a phone, for people to look at. */
export async function takePictures(page: Page, suite: string, name: string): Promise<void> {
  const folder = path.join(FOLDER, suite);
  await mkdir(folder, { recursive: true });
  const take = (look: string) =>
    page.screenshot({ path: path.join(folder, `${name}-${look}.png`), fullPage: true });
  const size = page.viewportSize();
  await page.emulateMedia({ colorScheme: 'light' });
  await take('light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await take('dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(PHONE);
  await take('phone');
  await page.emulateMedia({ colorScheme: null });
  if (size) await page.setViewportSize(size);
}
