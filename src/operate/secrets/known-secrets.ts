import { type Bindings, type Config, settingsOf } from '../../base/config.ts';
import { type Mode, MODES } from '../../base/mode.rules.ts';
import { fingerprintOfSecret } from '../../base/secrets.ts';
import type { Services } from '../../base/services.ts';
import { type RotatedSetting, readSlots, type Slot } from '../../base/setting-pairs.ts';
import { readEncryptionKeys, readSecret, readSigningKeys, readWebhookSecrets } from '../../base/settings.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { noteSecrets, selectAges } from './secret-ages.rows.ts';

/** A secret that this isolate runs with, by what does not reveal it. */
interface KnownSecret {
  purpose: 'admin' | 'encryption' | 'webhook' | 'signing';
  mode: Mode | null;
  setting: RotatedSetting;
  /** The one of the setting's two that has it. */
  slot: Slot;
  id: string;
  /** Unix seconds from which it is used; 0: at once. */
  begins: number;
}

/** Every secret that a rotation changes. */
async function listKnownSecrets(env: Bindings, config: Config): Promise<KnownSecret[]> {
  const found: Promise<KnownSecret>[] = [];
  const add = (
    known: Omit<KnownSecret, 'id' | 'slot' | 'begins'>,
    values: readonly { slot: Slot; id: string | Promise<string>; begins?: number }[],
  ) => {
    for (const { slot, id, begins = 0 } of values)
      found.push(Promise.resolve(id).then((named) => ({ ...known, slot, id: named, begins })));
  };
  const nameless = (setting: RotatedSetting, read: typeof readWebhookSecrets) =>
    readSlots(env, setting, read).map(({ slot, value }) => ({ slot, id: fingerprintOfSecret(value) }));

  const admin = 'FLOE_ADMIN_TOKEN';
  add(
    { purpose: 'admin', mode: null, setting: admin },
    nameless(admin, (name, value) => [readSecret(name, value)]),
  );
  const encryption = 'FLOE_ENCRYPTION_KEYS';
  add(
    { purpose: 'encryption', mode: null, setting: encryption },
    readSlots(env, encryption, readEncryptionKeys).map(({ slot, value: { id, encrypt_from } }) => ({
      slot,
      id,
      begins: encrypt_from,
    })),
  );
  for (const mode of MODES) {
    if (!config.modes[mode]) continue;
    const { webhookSecrets, signingKeys } = settingsOf(mode);
    add({ purpose: 'webhook', mode, setting: webhookSecrets }, nameless(webhookSecrets, readWebhookSecrets));
    add(
      { purpose: 'signing', mode, setting: signingKeys },
      readSlots(env, signingKeys, readSigningKeys).map(({ slot, value: { kid, sign_from } }) => ({
        slot,
        id: kid,
        begins: sign_from,
      })),
    );
  }
  return Promise.all(found);
}

export interface AgedSecret extends KnownSecret {
  /** When the gateway first ran with it, milliseconds. */
  since: number;
}

/** The same with when each was first seen. One that is new is noted now. */
export async function listAgedSecrets(services: Services): Promise<AgedSecret[]> {
  const { env, config, database } = services;
  const secrets = await listKnownSecrets(env, config);
  const now = services.now();
  const { ages } = await runBatch(database, {
    noted: noteSecrets(database, secrets.map(named), now),
    ages: selectAges(database, secrets.map(named)),
  });
  const seen = new Map(ages.map(({ setting, id, firstSeenAt }) => [`${setting} ${id}`, firstSeenAt]));
  return secrets.map((secret) => ({ ...secret, since: seen.get(`${secret.setting} ${secret.id}`) ?? now }));
}

const named = ({ setting, id }: KnownSecret) => ({ setting, id });

let noted = '';

/** Notes the secrets that this isolate runs with, once. */
export async function noteOwnSecrets(services: Services): Promise<void> {
  const secrets = (await listKnownSecrets(services.env, services.config)).map(named);
  if (noted === JSON.stringify(secrets)) return;
  await runBatch(services.database, [noteSecrets(services.database, secrets, services.now())]);
  noted = JSON.stringify(secrets);
}
