import { rm } from 'node:fs/promises';
import { expect } from 'vitest';
import { newestKey } from '../../../src/base/newest-key.rules.ts';
import { PUBLISH_SECONDS, SETTLE_SECONDS } from '../../../src/base/key-lives.rules.ts';
import { fingerprintOfSecret } from '../../../src/base/secrets.ts';
import { type RotatedSetting, readSlots } from '../../../src/base/setting-pairs.ts';
import {
  readEncryptionKeys,
  readSecret,
  readSigningKeys,
  readWebhookSecrets,
} from '../../../src/base/settings.ts';
import {
  ENCRYPTION_KEPT_SECONDS,
  judgeKeys,
  SIGNING_KEPT_SECONDS,
  switchedAt,
} from '../../../src/operate/secrets/secret-life.rules.ts';
import { TOKEN_TTL_SECONDS } from '../../../src/access/entitlement-token.rules.ts';
import {
  newEncryptionKey,
  newSigningKeys,
  newToken,
} from '../../../packages/floe/commands/rotate/new-values.ts';
import type { SecretsView } from '../../../packages/floe/commands/rotate/settings.rules.ts';
import type { Context } from '../../../packages/floe/context.ts';
import type { SecretStore } from '../../../packages/floe/secrets/secret-store.ts';
import { createOutput } from '../../../packages/floe/terminal/output.ts';

/*
 * A gateway, Cloudflare and Polar in which hours pass at once, for rotations that are killed anywhere. The rules are the gateway's own. Each
 * minute of it somebody buys, asks and verifies, with the settings that isolates may have then, and what must hold is held.
 */

const MINUTE = 60_000;
/** For so long an invocation may run with older settings. */
const SETTLE_MS = SETTLE_SECONDS * 1000;
/** For so long a verifier may know the keys that were published then: a cache on the way, and its own. */
const JWKS_MS = 2 * 60 * MINUTE;
const POLAR_TRIES_MS = 34 * MINUTE;

export class Killed extends Error {}

type Settings = Record<string, string>;
interface Sent {
  at: number;
  /** Secrets of the endpoints by which Polar sends it; each is tried until it is taken. */
  by: { endpoint: string; tried: boolean }[];
  taken: boolean;
}

const known = new WeakMap<Settings, ReturnType<typeof readAll>>();

/** What a set of settings has. They are read once. */
function keysIn(env: Settings): ReturnType<typeof readAll> {
  const keys = known.get(env) ?? readAll(env);
  known.set(env, keys);
  return keys;
}

function readAll(env: Settings) {
  return {
    signing: readSlots(env, 'FLOE_SANDBOX_SIGNING_KEYS', readSigningKeys).map(({ slot, value }) => ({
      slot,
      id: value.kid,
      begins: value.sign_from,
    })),
    encryption: readSlots(env, 'FLOE_ENCRYPTION_KEYS', readEncryptionKeys).map(({ slot, value }) => ({
      slot,
      id: value.id,
      begins: value.encrypt_from,
    })),
    webhook: readSlots(env, 'POLAR_SANDBOX_WEBHOOK_SECRETS', readWebhookSecrets).map(({ value }) => value),
  };
}
const newest = (keys: readonly { id: string; begins: number }[], now: number) =>
  newestKey(keys, ({ begins }) => begins, now / 1000)?.id ?? '';

export class Model {
  now = Date.UTC(2027, 0, 1);
  settings: Settings = {};
  /** Effects that are still done before one kills the program; undefined: none does. */
  left: number | undefined;
  /** The effect that kills is done. */
  isDone = false;
  effects = 0;
  /** Offline verifiers may be surprised: the key has leaked. */
  isEmergency = false;
  endpoints: {
    id: string;
    url: string;
    secret: string;
    enabled: boolean;
    events: string[];
    created_at: string;
    format: string;
  }[] = [];
  /** Signing keys that are published no longer. */
  withdrawn = new Set<string>();
  /** Polar makes the secret itself, whatever is offered. */
  hasOwnSecrets = false;

  readonly #history: { from: number; settings: Settings }[] = [];
  readonly #seen = new Map<string, number>();
  /** Ids of the keys that what is stored needs. */
  #rows = new Set<string>();
  #pass: { keyId: string; beganAt: number; finished: boolean } | undefined;
  #tokens: { key: string; until: number }[] = [];
  #sent: Sent[] = [];
  #taken = 0;

  static async create(): Promise<Model> {
    const model = new Model();
    const { value } = await newSigningKeys(0);
    const secret = newToken();
    model.settings = {
      FLOE_ADMIN_TOKEN: newToken(),
      FLOE_ENCRYPTION_KEYS: newEncryptionKey(0).value,
      FLOE_SANDBOX_SIGNING_KEYS: value,
      POLAR_SANDBOX_WEBHOOK_SECRETS: secret,
    };
    model.endpoints.push(model.#endpoint(secret));
    model.#changed();
    // It has run for a month.
    await model.view();
    model.now += 30 * 24 * 60 * MINUTE;
    model.#history.splice(0, model.#history.length, { from: 0, settings: { ...model.settings } });
    await model.pass(5 * MINUTE);
    return model;
  }

  readonly store: SecretStore = {
    names: () => Promise.resolve(new Set(Object.keys(this.settings))),
    put: (name, value) =>
      this.#effect(() => {
        this.settings[name] = value;
        this.#changed();
      }),
    remove: (name) =>
      this.#effect(() => {
        delete this.settings[name];
        this.#changed();
      }),
  };

  readonly polar = {
    call: async (method: string, path: string, body?: unknown) => {
      const id = path.split('/')[4] ?? '';
      if (method === 'GET')
        return { status: 200, body: { items: this.endpoints.map((each) => ({ ...each })) } };
      let answer: { status: number; body: unknown } = { status: 404, body: {} };
      await this.#effect(() => {
        const input = body as { secret: string; events: string[] };
        if (method === 'POST') {
          this.endpoints.push(this.#endpoint(this.hasOwnSecrets ? newToken() : input.secret, input.events));
          answer = { status: 201, body: this.endpoints.at(-1) };
        }
        const found = this.endpoints.find((each) => each.id === id);
        if (!found) return;
        if (method === 'DELETE') this.endpoints = this.endpoints.filter((each) => each !== found);
        else Object.assign(found, body);
        answer = { status: method === 'DELETE' ? 204 : 200, body: found };
      });
      return answer;
    },
  };

  /** What the gateway answers to whoever has one of its tokens. */
  async view(): Promise<SecretsView> {
    const { signing, encryption } = keysIn(this.#present());
    const nameless = async (setting: RotatedSetting, read: typeof readWebhookSecrets) =>
      Promise.all(
        readSlots(this.settings, setting, read).map(async ({ slot, value }) => ({
          slot,
          id: await fingerprintOfSecret(value),
          begins: 0,
        })),
      );
    const aged = <K extends { id: string }>(purpose: string, keys: readonly K[]) =>
      keys.map((key) => {
        const name = `${purpose} ${key.id}`;
        this.#seen.set(name, this.#seen.get(name) ?? this.now);
        return { ...key, since: this.#seen.get(name) ?? 0 };
      });
    const judge = (
      keys: ReturnType<typeof aged<(typeof signing)[number]>>,
      keptSeconds: number,
      isNeeded: boolean,
    ) =>
      judgeKeys(keys, { now: this.now, keptSeconds, isNeeded }).map((judged, i) => ({
        ...judged,
        slot: keys[i]?.slot ?? '',
      }));
    const show =
      (purpose: SecretsView['secrets'][number]['purpose'], mode: 'sandbox' | null) =>
      (key: {
        slot: string;
        id: string;
        begins: number;
        since: number;
        state?: 'coming' | 'current' | 'kept' | 'removable';
        removableAt?: number | null;
      }) => ({
        setting: key.slot,
        purpose,
        mode,
        name: key.id,
        since: new Date(key.since).toISOString(),
        used_from: key.begins === 0 ? null : new Date(key.begins * 1000).toISOString(),
        state: key.state ?? ('accepted' as const),
        removable_at: key.removableAt ? new Date(key.removableAt).toISOString() : null,
      });
    const agedKeys = aged('encryption', encryption);
    const current = newest(encryption, this.now);
    const isOld = encryption.some(({ id, begins }) => id !== current && begins * 1000 <= this.now);
    const settledAt =
      switchedAt(agedKeys.find(({ id }) => id === current) ?? { id: '', begins: 0, since: 0 }) + SETTLE_MS;
    const isComplete =
      this.#pass?.keyId === current && this.#pass.finished && this.#pass.beganAt >= settledAt;
    return {
      settle_seconds: SETTLE_SECONDS,
      publish_seconds: PUBLISH_SECONDS,
      secrets: [
        ...aged('admin', await nameless('FLOE_ADMIN_TOKEN', (name, value) => [readSecret(name, value)])).map(
          show('admin', null),
        ),
        ...judge(agedKeys, ENCRYPTION_KEPT_SECONDS, isOld && !isComplete).map(show('encryption', null)),
        ...aged('webhook', await nameless('POLAR_SANDBOX_WEBHOOK_SECRETS', readWebhookSecrets)).map(
          show('webhook', 'sandbox'),
        ),
        ...judge(aged('signing', signing), SIGNING_KEPT_SECONDS, false).map(show('signing', 'sandbox')),
      ],
      published_keys: [],
      reseal: isOld
        ? {
            key: current,
            is_complete: isComplete,
            settled_at: new Date(settledAt).toISOString(),
            places: [
              {
                place: 'polar_events',
                resealed: 0,
                unreadable: 0,
                rows_left: 0,
                finished_at: this.#pass?.finished ? new Date(this.now).toISOString() : null,
              },
            ],
          }
        : null,
    };
  }

  call = async (route: string, input?: { body: { key: string } }): Promise<SecretsView> => {
    if (route === 'POST /admin/secrets/reseal') this.#reseal();
    if (route === 'POST /admin/secrets/withdraw') {
      const kid = input?.body.key ?? '';
      await this.#effect(() => void this.withdrawn.add(kid));
    }
    return this.view();
  };

  /** Time goes by, and the gateway is used each minute. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    while (this.now < end) {
      this.now = Math.min(end, this.now + MINUTE);
      this.#live();
    }
    await this.view();
  }

  context(configDir: string): Context {
    const quiet = {
      json: true,
      quiet: true,
      yes: true,
      isInteractive: false,
      coloursOut: false,
      coloursErr: false,
      width: undefined,
    };
    const said = (text: string) => void this.said.push(text);
    return {
      out: createOutput(
        {
          writeOut: said,
          writeErr: said,
          columns: undefined,
          isInTerminal: false,
          isOutTerminal: false,
          isErrTerminal: false,
          prompts: {} as never,
          startSpinner: () => ({ update: () => undefined, end: () => undefined }),
        },
        quiet,
      ),
      options: { json: true, profile: 'main', yes: true, quiet: true, color: false },
      env: {},
      cwd: configDir,
      platform: 'linux',
      configDir,
      fetch: () => Promise.reject(new Error('nothing is fetched')),
      now: () => this.now,
      sleep: (ms) => this.pass(ms),
      signal: new AbortController().signal,
      processes: { own: () => Promise.resolve(undefined), hasEnded: () => Promise.resolve(false) },
      isInteractive: false,
      openBrowser: () => Promise.resolve(false),
      readStdin: () => Promise.resolve(''),
    };
  }

  said: string[] = [];

  /** At the end: every event has arrived, and every value can be read. */
  async expectWhole(): Promise<void> {
    await this.pass(POLAR_TRIES_MS + MINUTE);
    expect(this.#sent).toEqual([]);
    expect(this.#taken).toBeGreaterThan(10);
  }

  #endpoint(secret: string, events = ['order.paid']) {
    return {
      id: crypto.randomUUID(),
      url: 'https://pay.example.com/webhooks/polar',
      secret,
      enabled: true,
      format: 'raw',
      events,
      created_at: new Date(this.now).toISOString(),
    };
  }

  async #effect(does: () => void): Promise<void> {
    this.effects += 1;
    const kills = this.left === 0;
    if (!kills || this.isDone) does();
    if (this.left !== undefined) this.left -= 1;
    if (kills) throw new Killed();
  }

  /** The settings that new isolates have. */
  #present(): Settings {
    return this.#history.at(-1)?.settings ?? this.settings;
  }

  #changed(): void {
    this.#history.push({ from: this.now, settings: { ...this.settings } });
  }

  /** The settings that isolates, or verifiers, may have had in the last `ms`. */
  #recent(ms: number): Settings[] {
    const last = this.#history.findLastIndex(({ from }) => from <= this.now - ms);
    return this.#history.slice(Math.max(0, last)).map(({ settings }) => settings);
  }

  /** A minute of the gateway's. */
  #live(): void {
    const isolates = this.#recent(SETTLE_MS).map(keysIn);
    const published = this.#recent(JWKS_MS).map(keysIn);
    this.#tokens = this.#tokens.filter(({ until }) => until > this.now);
    const answering = keysIn(this.#present());
    for (const { signing } of isolates) {
      const key = newest(signing, this.now);
      if (!this.isEmergency)
        for (const known of published)
          expect(
            known.signing.map(({ id }) => id),
            'a verifier with cached keys knows what signs',
          ).toContain(key);
      this.#tokens.push({ key, until: this.now + TOKEN_TTL_SECONDS * 1000 });
    }
    for (const { key } of this.#tokens)
      if (!this.isEmergency)
        expect(
          answering.signing.map(({ id }) => id),
          'what has been signed verifies until it expires',
        ).toContain(key);
    for (const { encryption } of isolates) {
      const key = newest(encryption, this.now);
      this.#rows.add(key);
    }
    for (const key of this.#rows)
      for (const { encryption } of isolates)
        expect(
          encryption.map(({ id }) => id),
          'every isolate reads what is stored',
        ).toContain(key);
    this.#sell();
  }

  #sell(): void {
    this.#sent.push({
      at: this.now,
      taken: false,
      by: this.endpoints.filter(({ enabled }) => enabled).map(({ id }) => ({ endpoint: id, tried: false })),
    });
    for (const sent of this.#sent) {
      for (const { endpoint } of sent.by) {
        const found = this.endpoints.find(({ id }) => id === endpoint);
        if (found && keysIn(this.#present()).webhook.includes(found.secret)) sent.taken = true;
      }
      expect(
        sent.taken || sent.at > this.now - POLAR_TRIES_MS,
        'an event is taken before Polar gives it up',
      ).toBe(true);
    }
    this.#taken += this.#sent.filter(({ taken }) => taken).length;
    this.#sent = this.#sent.filter(({ taken }) => !taken);
  }

  #reseal(): void {
    const { encryption } = keysIn(this.#present());
    const current = newest(encryption, this.now);
    this.#rows = new Set([current]);
    this.#pass = { keyId: current, beganAt: this.now, finished: true };
  }
}

export const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true });
