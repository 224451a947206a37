import { expect, test } from 'vitest';
import { explainSystemError } from '../../cli/local/system-errors.rules.ts';

const HOME = { stateDir: '/home/ada/floe/.floe', project: '/home/ada/floe' };
const failed = (code: string, path: string) =>
  Object.assign(new Error(`${code}: mkdir '${path}'`), { code, path });

test.each([
  ['EACCES', '/home/ada/floe/.floe', 'sudo chown -R "$(id -un)" /home/ada/floe'],
  ['EPERM', '/home/ada/floe/.floe/assets/docs', 'sudo chown -R "$(id -un)" /home/ada/floe'],
  ['EROFS', '/home/ada/floe/.floe', 'Put this project, /home/ada/floe, where files can be written.'],
  ['ENOSPC', '/home/ada/floe/.floe/simulated/polar.json.new', 'Free some space'],
])('%s of %s', (code, file, mend) => {
  const said = explainSystemError(failed(code, file), HOME);
  expect(said).toContain(`${file} cannot be written: `);
  expect(said).toContain(mend);
  expect(said).not.toContain(code);
});

test('a state folder of somebody else’s is exchanged for the project’s own', () => {
  const said = explainSystemError(failed('EACCES', '/srv/floe/owner.json'), {
    ...HOME,
    stateDir: '/srv/floe',
  });
  expect(said).toBe(
    '/srv/floe/owner.json cannot be written: you may not write there. Name a folder of yours: npm start -- --state /home/ada/floe/.floe',
  );
  // Not a folder that only begins alike.
  expect(explainSystemError(failed('EACCES', '/srv/floe-2/x'), { ...HOME, stateDir: '/srv/floe' })).toContain(
    'chown',
  );
});

test('any other error is left as it is', () => {
  for (const error of [new Error('x'), failed('ENOENT', '/x'), 'EACCES', undefined])
    expect(explainSystemError(error, HOME)).toBeUndefined();
});
