import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { PROVOKED } from '../http/provoked-problems.ts';

/* Which problems were answered while a file of tests ran, by route: `POST /v1/payments unknown_product`. */

const provoked = new Set<string>();

/** Notes that a route answered a problem. */
export function noteProblem(route: string, code: string): void {
  provoked.add(`${route} ${code}`);
}

/** Fails a file of tests that does not provoke what `PROVOKED` says of it, if all of its tests ran. */
export function expectProvoked(): void {
  provoked.clear();
  let isWhole = true;
  let file = '';
  beforeEach(() => {
    file = /test\/(.+)\.test\.ts$/.exec(expect.getState().testPath ?? '')?.[1] ?? '';
  });
  afterEach(({ task }) => {
    isWhole &&= task.result?.state !== 'fail';
    isWhole &&= task.file.tasks.every(runs);
  });
  afterAll(() => {
    const expected = Object.entries(PROVOKED[file] ?? {}).flatMap(([route, codes]) =>
      codes.map((code) => `${route} ${code}`),
    );
    if (!isWhole) return;
    expect(
      expected.filter((each) => !provoked.has(each)),
      'PROVOKED says that this file provokes them',
    ).toEqual([]);
  });
}

type Task = { mode: string; tasks?: Task[] };

/** Whether it was not left out by a filter on the command line. */
function runs({ mode, tasks }: Task): boolean {
  return mode !== 'skip' && (tasks ?? []).every(runs);
}
