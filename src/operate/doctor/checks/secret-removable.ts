import { listSecrets } from '../../secrets/list-secrets.ts';
import type { Check } from '../check.ts';
import { span } from '../words.rules.ts';

/** A rotation may take its time. */
const GRACE_MS = 7 * 24 * 60 * 60_000;

export const secretRemovable: Check = {
  code: 'secret_removable',
  area: 'keys-and-secrets',
  severity: 'warning',
  title: 'A rotation was not finished: a key of before is still accepted',
  each: 'gateway',
  async look({ services, now }) {
    const { secrets } = await listSecrets(services);
    return secrets.flatMap(({ setting, purpose, mode, name, state, removable_at: at }) => {
      const since = at === null ? 0 : now - Date.parse(at);
      if (state !== 'removable' || since <= GRACE_MS) return [];
      return [
        {
          target: setting,
          detail: `${setting} has the key ${name}${mode === null ? '' : ` of ${mode}`}, which nothing has needed for ${span(since)}.`,
          mend: `npx floe rotate ${purpose}${mode === null ? '' : ` --mode ${mode}`}`,
        },
      ];
    });
  },
};
