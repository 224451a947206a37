import type { Check } from '../check.ts';
import { selectEndingKeys } from '../apps.rows.ts';
import { quote, span, time } from '../words.rules.ts';

const DAY_MS = 24 * 60 * 60_000;
const SOON_MS = 14 * DAY_MS;
const IN_USE_MS = 30 * DAY_MS;
const MAX_SHOWN = 20;

export const appKeyEnding: Check = {
  code: 'app_key_ending',
  area: 'keys-and-secrets',
  severity: 'warning',
  title: 'A key that is in use ends soon',
  each: 'gateway',
  async look({ database, now }) {
    const ending = await selectEndingKeys(database, {
      now,
      endsBefore: now + SOON_MS,
      usedSince: now - IN_USE_MS,
      limit: MAX_SHOWN,
    });
    return ending.map(({ app, id, name, hint, expiresAt }) => ({
      app,
      target: id,
      detail: `The key ${quote(name)} of ${app}, which ends in ${hint}, is refused from ${time(expiresAt)} on, in ${span(expiresAt - now)}.`,
      mend: `npx floe rotate app-key ${app} --key ${id}`,
    }));
  },
};
