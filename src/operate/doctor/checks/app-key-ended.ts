import type { Check } from '../check.ts';
import { selectEndedKeys } from '../apps.rows.ts';
import { quote, time } from '../words.rules.ts';

/** Whoever still sends it after a week has been heard of, or does not care. */
const IN_USE_MS = 7 * 24 * 60 * 60_000;
const MAX_SHOWN = 20;

export const appKeyEnded: Check = {
  code: 'app_key_ended',
  area: 'keys-and-secrets',
  severity: 'error',
  title: 'A key has ended and is still used',
  each: 'gateway',
  async look({ database, now }) {
    const ended = await selectEndedKeys(database, {
      now,
      usedSince: now - IN_USE_MS,
      limit: MAX_SHOWN,
    });
    return ended.map(({ app, id, name, hint, expiresAt, lastUsedAt }) => ({
      app,
      target: id,
      detail: `The key ${quote(name)} of ${app}, which ends in ${hint}, ended at ${time(expiresAt)} and was sent at ${time(lastUsedAt)}: whoever has it is refused.`,
      mend: `npx floe keys create ${app}`,
    }));
  },
};
