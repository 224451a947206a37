import { Problem } from '../problem.ts';
import type { AppContext } from '../route.ts';
import type { AppRow } from '../storage/schema.ts';

/** The app that a proven caller speaks for. @throws {Problem} `forbidden_key` for the operator, who speaks for none. */
export function callerApp(c: AppContext): AppRow {
  const principal = c.get('principal');
  if (principal.kind === 'operator') throw new Problem('forbidden_key');
  return principal.app;
}
