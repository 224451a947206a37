import type { Bindings } from '../../../base/config.ts';
import type { Check } from '../check.ts';

const NEEDED = {
  DB: 'D1',
  ENTITLEMENTS: 'KV',
  WORK: 'the queue floe-work',
  WORK_SLOW: 'the queue floe-work-slow',
  LIMIT_IP: 'a rate limit',
  LIMIT_APP: 'a rate limit',
  ASSETS: 'the files of /docs',
} as const satisfies Partial<Record<keyof Bindings, string>>;

/** Without a binding, what needs it fails when it is first used. */
export const bindingsMissing: Check = {
  code: 'bindings_missing',
  area: 'the-gateway',
  severity: 'error',
  title: 'A binding is missing',
  each: 'gateway',
  look({ services }) {
    const bound: Readonly<Record<string, unknown>> = { ...services.env };
    return Object.entries(NEEDED)
      .filter(([name]) => bound[name] === undefined)
      .map(([name, what]) => ({
        target: name,
        detail: `The Worker has no binding ${name} (${what}). Its wrangler.toml is of another version, or was changed.`,
        mend: 'npx floe upgrade',
      }));
  },
};
