import type { AppContext } from '../../http/route.ts';
import { FRESH_SECONDS } from './learn-counts.ts';

/** Lets caches keep what is left of something. A copy that one gives to another page must not lack what lets that page read it. */
export function letBeKept(c: AppContext): void {
  c.header('cache-control', `public, max-age=${FRESH_SECONDS}`);
  c.header('vary', 'Authorization, Origin');
}
