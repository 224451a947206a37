import { expect, test } from 'vitest';
import { bundleStart, MAX_START_GZIP_KB } from '../../cli/start-size.ts';

test('what an isolate evaluates at start is within its ceiling, which everything together would pass', async () => {
  const { gzipBytes, parts } = await bundleStart();
  expect(gzipBytes).toBeLessThanOrEqual(MAX_START_GZIP_KB * 1024);
  expect(parts.map(({ name }) => name)).not.toContain('hono');
  const everything = await bundleStart('src/app.ts');
  expect(everything.gzipBytes).toBeGreaterThan(MAX_START_GZIP_KB * 1024);
});
