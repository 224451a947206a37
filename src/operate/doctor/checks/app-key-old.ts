import { selectOldKeys } from '../apps.rows.ts';
import type { Check } from '../check.ts';
import { quote, span } from '../words.rules.ts';

const OLD_AFTER_MS = 365 * 24 * 60 * 60_000;
const IN_USE_MS = 30 * 24 * 60 * 60_000;
const MAX_SHOWN = 20;

export const appKeyOld: Check = {
  code: 'app_key_old',
  area: 'keys-and-secrets',
  severity: 'warning',
  title: 'A secret key of an app is old',
  each: 'gateway',
  async look({ database, now }) {
    const old = await selectOldKeys(database, {
      now,
      madeBefore: now - OLD_AFTER_MS,
      usedSince: now - IN_USE_MS,
      limit: MAX_SHOWN,
    });
    return old.map(({ app, id, name, hint, createdAt }) => ({
      app,
      target: id,
      detail: `The secret key ${quote(name)} of ${app}, which ends in ${hint}, was made ${span(now - createdAt)} ago and is in use.`,
      mend: `npx floe rotate app-key ${app} --key ${id}`,
    }));
  },
};
