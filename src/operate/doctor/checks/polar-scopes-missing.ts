import { selectLackingScopes } from '../../../base/lacking-scopes.rows.ts';
import { missingOf, POLAR_SCOPES, UNNAMED_SCOPE } from '../../../base/polar-scopes.rules.ts';
import { Problem } from '../../../base/problem.ts';
import type { Check } from '../check.ts';
import { settingOf } from '../words.rules.ts';

/** Polar does not say which scopes a token has. What it was refused for in the last day is known, and what the doctor asks for itself. */
export const polarScopesMissing: Check = {
  code: 'polar_scopes_missing',
  area: 'polar',
  severity: 'error',
  title: 'The access token lacks scopes',
  each: 'mode',
  async look(evidence, mode) {
    const noted = await selectLackingScopes(evidence.database, evidence.now);
    const lacking = new Set(noted[mode]);
    const asks = { 'products:read': evidence.probed(mode), 'webhooks:read': evidence.polarEndpoints(mode) };
    for (const [scope, asked] of Object.entries(asks)) {
      const isRefused = await asked.then(
        () => false,
        (error: unknown) => error instanceof Problem && error.code === 'polar_scope_missing',
      );
      if (isRefused) lacking.add(scope);
    }
    if (lacking.size === 0) return [];
    const target = settingOf(mode, 'ACCESS_TOKEN');
    const names = [...lacking].map((scope) =>
      scope === UNNAMED_SCOPE ? 'one that Polar did not name' : scope,
    );
    const uses = Object.entries(POLAR_SCOPES)
      .filter(([, needed]) => missingOf(needed, lacking).length > 0)
      .map(([use]) => use.replaceAll('_', ' '));
    const without = uses.length === 0 ? '' : ` Without them these do not work: ${uses.join(', ')}.`;
    return [
      {
        target,
        detail: `Polar refused ${target} in the last 24 hours for want of ${names.join(', ')}.${without}`,
        mend: 'Add the scopes to the token in the organization’s settings at Polar.',
      },
    ];
  },
};
