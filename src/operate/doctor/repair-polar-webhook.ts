import { checkPolarWebhook } from '../../compare/check-polar-webhook.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Finding } from './check.ts';
import type { Evidence } from './evidence.ts';

/**
 * Registers, enables or completes Polar's webhook endpoint for this gateway, as a comparison with Polar does when it may
 * (ADR 30). It looks anew, since what was found before it may be mended already.
 * @throws {Problem} when Polar refuses, or signs with a secret that is not known here
 */
export async function repairPolarWebhook(
  { services }: Evidence,
  _found: readonly Finding[],
  mode: Mode,
): Promise<string> {
  const check = await checkPolarWebhook(services, services.polar(mode), mode, true);
  if (check.repair_error !== null) throw new Problem('polar_failed', { detail: check.repair_error });
  return check.repaired
    ? 'Polar’s webhook endpoint is registered, enabled and complete.'
    : 'Polar’s webhook endpoint was well by then.';
}
