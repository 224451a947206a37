import type { BrowserContext } from 'playwright-core';
import { expect } from 'vitest';

/* What browsers write into their consoles: errors, warnings, what was thrown and never caught. Pages of ours cause none. */

export interface Complaints {
  /** Listens to all pages of a reader, whatever tab. */
  listen(context: BrowserContext): void;
  /** Says what this test makes pages complain of, rightly: the network's own words for a 401 are the browser's, not ours. */
  expect(pattern: RegExp): void;
  /** Fails when there was another complaint than was expected. Forgets all of them. */
  check(): void;
}

/** Collects them. `isOurs`: whether a page or file is ours; Polar's pages are Polar's. */
export function collectComplaints(isOurs: (url: string) => boolean): Complaints {
  let heard: string[] = [];
  let expected: RegExp[] = [];
  const complain = (url: string, text: string) => {
    if (isOurs(url)) heard.push(`${url}: ${text}`);
  };
  return {
    listen(context) {
      context.on('weberror', (thrown) => complain(thrown.page()?.url() ?? '', thrown.error().message));
      context.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
          complain(message.location().url, message.text());
      });
    },
    expect(pattern) {
      expected.push(pattern);
    },
    check() {
      const unexpected = heard.filter((each) => !expected.some((pattern) => pattern.test(each)));
      heard = [];
      expected = [];
      expect(unexpected).toEqual([]);
    },
  };
}
