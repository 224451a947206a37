import { expect, test } from 'vitest';
import { explainWrangler } from '../../packages/floe/cloudflare/wrangler-errors.rules.ts';

const explain = (printed: string) => explainWrangler(['d1', 'create', 'floe'], printed);

test('what wrangler says is told in its own words, without colours and without where its log is', () => {
  const { exitCode, message } = explain(
    '\n\u001b[31m✘ \u001b[41m[ERROR]\u001b[0m A database with that name already exists\n\n🪵  Logs were written to "/home/ada/x.log"\n',
  );
  expect([exitCode, message]).toEqual([
    1,
    'wrangler d1 create floe failed: A database with that name already exists',
  ]);
});

test('a login that may not do it, and a network that is not there, say what to do', () => {
  const refused = explain(
    '✘ [ERROR] A request to the Cloudflare API failed.\n  Authentication error [code: 10000]',
  );
  expect([refused.exitCode, refused.details.hint]).toEqual([3, expect.stringContaining('D1 Edit')]);
  const cut = explain('✘ [ERROR] fetch failed');
  expect([cut.exitCode, cut.details.hint]).toEqual([5, expect.stringContaining('goes on where it stopped')]);
});

test('with nothing to say it says so', () => {
  expect(explain('').message).toBe('wrangler d1 create floe failed: it said nothing.');
});
