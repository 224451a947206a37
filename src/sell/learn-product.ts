import type { Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { isContentError } from '../record/apply-observation.ts';
import { applyReads } from '../record/apply-snapshot.ts';

/**
 * Reads a product that is not known yet from Polar, and keeps it with its benefits. Whether Polar knows it.
 * @throws {Problem} `polar_…`; `polar_failed` too when what Polar says of it is not what it documents.
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
