import { expect, test } from 'vitest';
import { madeHere, planSecrets } from '../../packages/floe/deployments/secrets.rules.ts';

const NAMES = madeHere(['sandbox']);
const here = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'value']));

test('what is nowhere is made, and what is only here is given to the gateway', () => {
  expect(planSecrets(['sandbox'], {}, new Set())).toEqual({ make: NAMES, upload: [], unknown: [] });
  expect(planSecrets(['sandbox'], here(...NAMES), new Set())).toEqual({
    make: [],
    upload: NAMES,
    unknown: [],
  });
});

test('what the gateway has is never made and never given, whoever has a copy', () => {
  const there = new Set(NAMES);
  expect(planSecrets(['sandbox'], here(...NAMES), there)).toEqual({ make: [], upload: [], unknown: [] });
  expect(planSecrets(['sandbox'], {}, there)).toEqual({ make: [], upload: [], unknown: NAMES });
});

test('a secret that was rotated into its second setting is there: the old one is not put back', () => {
  const rotated = new Set(NAMES.map((name) => `${name}_2`));
  expect(planSecrets(['sandbox'], here(...NAMES), rotated)).toEqual({ make: [], upload: [], unknown: [] });
});

test('each mode has secrets of its own', () => {
  const plan = planSecrets(['sandbox', 'live'], {}, new Set(NAMES));
  expect(plan.make).toEqual(['FLOE_LIVE_SIGNING_KEYS', 'POLAR_LIVE_WEBHOOK_SECRETS']);
});
