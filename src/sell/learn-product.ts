import type { Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { isContentError } from '../record/apply-observation.ts';
import { applyReads } from '../record/apply-reads.ts';

/**
 * Reads a product that is not stored yet from Polar, and stores it with its benefits. Resolves to whether Polar knows it.
 * @throws {Problem} `polar_…`; `polar_failed` too when the answer is not what Polar documents.
 */
export async function learnProduct(services: Services, mode: Mode, productId: string): Promise<boolean> {
  const read = await services.polar(mode).fetchObject('product', productId);
  if (!read) return false;
  try {
    await applyReads(services, mode, [{ kind: 'product', read }], 'api');
  } catch (error) {
    if (!isContentError(error)) throw error;
    throw new Problem('polar_failed', {
      detail: 'What Polar says of this product is not what it documents, so it cannot be sold.',
      cause: error,
    });
  }
  return true;
}
