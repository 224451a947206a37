import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Suites of generated sequences: a few seconds with a few of them, minutes with CI's. */
const LONG = [
  'sequences',
  'fast-path',
  'crash',
  'slow-down',
  'interrupted-calls',
  'reconcile',
  'access-bounds',
  'lives',
  'refund-faults',
  'refund-pursuit',
].map((name) => `/${name}.test.ts`);

/**
 * Vitest begins with the largest files, and in CI it knows nothing of earlier runs. A long suite that begins last runs on
 * alone, with the other core idle.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
