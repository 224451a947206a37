import { expect, test } from 'vitest';
import { typed } from '../../packages/floe/cloudflare/wrangler.ts';

test('what is given to a shell of Windows stays one argument each, and a program gets it as it is', () => {
  const args = ['deploy', '--message', 'Floe 0.1.0', '--config', String.raw`C:\Users\Ada L\wrangler.json`];
  expect(typed('node', args)).toEqual(args);
  expect(typed('npm.cmd', args)).toEqual([
    'deploy',
    '--message',
    '"Floe 0.1.0"',
    '--config',
    String.raw`"C:\Users\Ada L\wrangler.json"`,
  ]);
  expect(typed('npm.cmd', ['a"b & calc'])).toEqual(['"a""b & calc"']);
});
