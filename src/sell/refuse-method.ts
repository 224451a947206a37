import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';

/**
 * The refusal of a method that this gateway takes no money with: with what the operator says of it in `FLOE_OTHER_METHODS`, so that an
 * app can show its buyer how to pay by it all the same (ADR 110).
 */
export function refuseMethod({ config }: Services, method: string): Problem {
  const { otherMethods } = config;
  const own = Object.hasOwn(otherMethods, method) ? otherMethods[method] : otherMethods['*'];
  if (!own) return new Problem('unsupported_method');
  return new Problem('unsupported_method', {
    detail: own.text,
    ...(own.link === undefined ? {} : { link: own.link }),
  });
}
