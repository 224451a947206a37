import type { Doer } from '../base/audit-actions.rules.ts';
import type { Caller } from './identify-caller.ts';
import type { AppContext } from './route.ts';

/** Who asks, as the audit log says it: the operator, or an app by its key; and by which request. */
export function doerOf(c: AppContext, caller: Caller<'operator' | 'secret'>): Doer {
  const requestId = c.get('requestId');
  return caller.kind === 'operator'
    ? { actor: 'operator', requestId }
    : { actor: 'app', keyId: caller.keyId, requestId };
}
