import { type Mode, MODES } from '../base/mode.rules.ts';
import { missingOf, POLAR_SCOPES, UNNAMED_SCOPE } from '../base/polar-scopes.rules.ts';
import type { HealthView } from './health.answers.ts';

/** The scopes that each mode's token was refused for lately. */
export type Lacking = Record<Mode, ReadonlySet<string>>;
export const NOTHING_LACKING: Lacking = { live: new Set(), sandbox: new Set() };

/** What the gateway does at Polar, as health shows it. */
export function presentCapabilities(lacking: Lacking): HealthView['capabilities'] {
  return Object.fromEntries(
    Object.entries(POLAR_SCOPES).map(([name, scopes]) => [
      name,
      {
        scopes: [...scopes],
        missing: {
          live: missingOf(scopes, lacking.live),
          sandbox: missingOf(scopes, lacking.sandbox),
        },
      },
    ]),
  );
}

/** What a token was refused for, as far as is known: the rest of the gateway works. */
export function warnOfScopes(lacking: Lacking): { part: string; why: string }[] {
  return MODES.filter((mode) => lacking[mode].size > 0).map((mode) => {
    const names = [...lacking[mode]].map((scope) =>
      scope === UNNAMED_SCOPE ? 'one that Polar did not name' : scope,
    );
    return {
      part: `polar.${mode}`,
      why: `In the last 24 hours Polar refused POLAR_${mode.toUpperCase()}_ACCESS_TOKEN for want of scopes: ${names.join(', ')}. Add them to the token at Polar.`,
    };
  });
}
