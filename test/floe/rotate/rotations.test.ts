import { asyncProperty, assert, boolean, integer, record as fcRecord } from 'fast-check';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Gateway } from '../../../packages/floe/gateway/client.ts';
import { FloeError } from '../../../packages/kit/problem.ts';
import { readProfiles, saveProfiles } from '../../../packages/floe/profiles/profile-file.ts';
import { rotateAdmin } from '../../../packages/floe/commands/rotate/rotate-admin.ts';
import { rotateKeys } from '../../../packages/floe/commands/rotate/rotate-keys.ts';
import { rotateWebhook } from '../../../packages/floe/commands/rotate/rotate-webhook.ts';
import type { Context } from '../../../packages/floe/context.ts';
import { Killed, Model, removeFolder } from './model.ts';

/* Each rotation, killed before or after each thing that it does, and run again after minutes or hours. */

/** A run is a rotation with all its kills. */
const MOST_RUNS = 150;
const RUNS = Math.min(Number(process.env['FLOE_RUNS'] ?? 20), MOST_RUNS);
const HOUR = 3_600_000;
/** More runs than phases and kills. */
const ENOUGH = 40;

interface Case {
  name: string;
  run: (model: Model, context: Context, options: { wait?: true }) => Promise<void>;
  /** What is left at the end: the second setting alone. */
  setting: string;
  prepare?: (model: Model) => void;
}

const rotation = (model: Model, context: Context) => ({
  context,
  store: model.store,
  call: model.call as never,
});
const webhook: Case['run'] = (model, context, options) =>
  rotateWebhook(
    rotation(model, context),
    { mode: 'sandbox', polar: model.polar, gateway: 'https://pay.example.com' },
    options,
  );

const CASES: Case[] = [
  {
    name: 'signing',
    setting: 'FLOE_SANDBOX_SIGNING_KEYS',
    run: (model, context, options) =>
      rotateKeys(rotation(model, context), { purpose: 'signing', mode: 'sandbox' }, options),
  },
  {
    name: 'signing in an emergency',
    setting: 'FLOE_SANDBOX_SIGNING_KEYS',
    run: (model, context, options) =>
      rotateKeys(
        rotation(model, context),
        { purpose: 'signing', mode: 'sandbox' },
        { ...options, emergency: true },
      ),
    prepare: (model) => {
      model.isEmergency = true;
    },
  },
  {
    name: 'encryption',
    setting: 'FLOE_ENCRYPTION_KEYS',
    run: (model, context, options) =>
      rotateKeys(rotation(model, context), { purpose: 'encryption' }, options),
  },
  { name: 'webhook', setting: 'POLAR_SANDBOX_WEBHOOK_SECRETS', run: webhook },
  {
    name: 'webhook, where Polar makes the secret',
    setting: 'POLAR_SANDBOX_WEBHOOK_SECRETS',
    run: webhook,
    prepare: (model) => {
      model.hasOwnSecrets = true;
    },
  },
  { name: 'admin', setting: 'FLOE_ADMIN_TOKEN', run: admin },
];

/** The operator’s own token goes with the profile. */
async function admin(model: Model, context: Context): Promise<void> {
  const { profiles } = await readProfiles(context);
  const profile = profiles['main'];
  if (!profile) throw new Error('The profile is gone.');
  const withToken = (token: string) => async () => {
    if (![model.settings['FLOE_ADMIN_TOKEN'], model.settings['FLOE_ADMIN_TOKEN_2']].includes(token))
      throw new FloeError({ status: 401, code: 'unauthorized', detail: 'no' } as never);
    return model.view();
  };
  const gateway = {
    profile: { ...profile, name: 'main', from: 'profile main' },
    withToken,
  } as unknown as Gateway;
  await rotateAdmin({ context, store: model.store }, gateway, {});
}

async function start(prepare?: Case['prepare']): Promise<{ model: Model; context: Context; folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-rotate-'));
  const model = await Model.create();
  prepare?.(model);
  const context = model.context(folder);
  await saveProfiles(context, {
    inUse: 'main',
    profiles: {
      main: {
        gateway: 'https://pay.example.com',
        adminToken: model.settings['FLOE_ADMIN_TOKEN'] ?? '',
        secretKeys: {},
      },
    },
  });
  return { model, context, folder };
}

/** Whether the last run said that there is nothing left to do. */
const isDone = (model: Model) =>
  (JSON.parse(model.said.at(-1) ?? '{}') as { status?: string }).status === 'done';

async function expectRotated(
  model: Model,
  context: Context,
  { setting }: Case,
  before: string | undefined,
): Promise<void> {
  await model.expectWhole();
  expect(Object.keys(model.settings).filter((name) => name.startsWith(setting))).toHaveLength(1);
  expect(model.settings[setting] ?? model.settings[`${setting}_2`]).not.toBe(before);
  if (setting.startsWith('POLAR'))
    expect(model.endpoints.map(({ secret }) => secret)).toEqual([
      model.settings[setting] ?? model.settings[`${setting}_2`],
    ]);
  // What has leaked is published no longer, and a key that was replaced is as long as licences need it.
  const { keys } = JSON.parse(setting.includes('SIGNING') ? (before ?? '{}') : '{}') as {
    keys?: { kid: string }[];
  };
  for (const { kid } of keys ?? []) expect(model.withdrawn.has(kid)).toBe(model.isEmergency);
  const { profiles } = await readProfiles(context);
  expect([model.settings['FLOE_ADMIN_TOKEN'], model.settings['FLOE_ADMIN_TOKEN_2']]).toContain(
    profiles['main']?.adminToken,
  );
}

test.each(CASES)('$name: by one command that waits, and three times in a row', async (which) => {
  const { model, context, folder } = await start(which.prepare);
  for (let round = 0; round < 3; round++) {
    const before = model.settings[which.setting] ?? model.settings[`${which.setting}_2`];
    await which.run(model, context, { wait: true });
    expect(isDone(model)).toBe(true);
    await expectRotated(model, context, which, before);
    // The same command again finds it done.
    const effects = model.effects;
    await which.run(model, context, { wait: true });
    expect(model.effects).toBe(effects);
    await model.pass(25 * HOUR);
  }
  await removeFolder(folder);
});

test.each(CASES)('$name: killed at every step and run again, with pauses', async (which) => {
  const first = await start(which.prepare);
  await which.run(first.model, first.context, { wait: true });
  const { effects } = first.model;
  await removeFolder(first.folder);
  expect(effects).toBeGreaterThan(1);
  for (let left = 0; left < effects; left++) {
    for (const isKilledAfter of [false, true]) {
      for (const pause of [0, 3 * HOUR]) {
        const { model, context, folder } = await start(which.prepare);
        const before = model.settings[which.setting];
        model.left = left;
        model.isDone = isKilledAfter;
        await expect(which.run(model, context, { wait: true })).rejects.toThrow(Killed);
        await model.pass(pause);
        await which.run(model, context, { wait: true });
        expect(isDone(model)).toBe(true);
        await expectRotated(model, context, which, before);
        await removeFolder(folder);
      }
    }
  }
});

test.each(CASES)(
  '$name: phase by phase, killed again and again, whenever somebody comes back',
  async (which) => {
    await assert(
      asyncProperty(
        fcRecord({
          left: integer({ min: 0, max: 3 }),
          isDone: boolean(),
          pauseMinutes: integer({ min: 10, max: 300 }),
          kills: integer({ min: 0, max: 4 }),
        }),
        async ({ left, isDone: isKilledAfter, pauseMinutes, kills }) => {
          const { model, context, folder } = await start(which.prepare);
          const before = model.settings[which.setting];
          for (let run = 0; run < ENOUGH; run++) {
            model.left = run < kills ? left : undefined;
            model.isDone = isKilledAfter;
            await which.run(model, context, {}).catch((error: unknown) => {
              if (!(error instanceof Killed)) throw error;
            });
            if (model.left === undefined && isDone(model)) break;
            await model.pass(pauseMinutes * 60_000);
          }
          expect(isDone(model)).toBe(true);
          await expectRotated(model, context, which, before);
          await removeFolder(folder);
        },
      ),
      { numRuns: RUNS },
    );
  },
);
