import type { PlanInput } from './plan-input.rules.ts';

/**
 * Whether an app has erased the customer at hand since a purchase began, so that what was typed there is not told any more (ADR
 * 105). A purchase of which it is not known when it began counts as one from before. `begunAt`: milliseconds since 1970.
 */
export function isErased({ rows }: PlanInput, appId: string, begunAt = 0): boolean {
  return rows.erased.some((each) => each.appId === appId && begunAt <= each.erasedAt);
}
