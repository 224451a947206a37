import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { openGateway } from '../../gateway/client.ts';
import type { Key } from '../../gateway/operator-api.ts';
import { type Scope, SCOPES } from '../keys/scopes.ts';
import { keepSecretKey, nameOfKeeper } from '../../profiles/keep-secret-key.ts';
import { forgetBegun, noteBegun, readBegun } from './begun-app-key.ts';

interface Options {
  key?: string | undefined;
  /** Seconds. */
  keepOld: number;
  out?: string | undefined;
  keep?: true | undefined;
}

/** The gateway answers the same to an `Idempotency-Key` for so long. */
const SHOWN_AGAIN_MS = 24 * 60 * 60_000;
const PRIVATE = 0o600;

/**
 * Makes another key like an old one, and lets the old one end after a time. Run again within a day it shows the same new key, so that nothing is lost when it is
 * ended on the way. @throws {CliError}
 */
export async function rotateAppKey(context: Context, app: string, options: Options): Promise<void> {
  const gateway = await openGateway(context);
  const keeper = options.keep ? nameOfKeeper(gateway.profile) : undefined;
  const call = gateway.asOperator();
  const now = context.now();
  const { data } = await call('GET /admin/apps/{app}/keys', { params: { app } });
  const { gateway: origin } = gateway.profile;
  const old = chooseOld(data, app, { id: options.key, begun: await readBegun(context, origin, app) }, now);
  await noteBegun(context, origin, app, old.id);
  const made = await call('POST /admin/apps/{app}/keys', {
    params: { app },
    body: {
      kind: old.kind,
      name: old.name,
      ...(old.scopes === null ? {} : { scopes: old.scopes.map(readScope) }),
    },
    idempotencyKey: `rotate ${old.id}`,
  });
  if (keeper !== undefined) await keepSecretKey(context, keeper, app, made.key);
  const file = options.out === undefined ? undefined : path.resolve(context.cwd, options.out);
  if (file !== undefined) await writeKey(file, made.key);
  const end = now + options.keepOld * 1000;
  const endsSooner = old.expires_at !== null && Date.parse(old.expires_at) <= end;
  const ended = endsSooner
    ? old
    : await call('PATCH /admin/apps/{app}/keys/{key}', {
        params: { app, key: old.id },
        body: { expires_at: new Date(end).toISOString() },
      });
  await forgetBegun(context, origin, app);
  const { key, ...shown } = made;
  const kept = keeper === undefined ? file : `the profile ${keeper}`;
  context.out.details(
    { ...shown, ...(kept === undefined ? { key } : {}), replaces: old.id, old_expires_at: ended.expires_at },
    [
      ['key', kept === undefined ? key : `kept in ${kept}`],
      ['id', made.id],
      ['app', app],
      ['scopes', made.scopes ?? (made.kind === 'secret' ? 'all' : null)],
      ['replaces', `${old.id} (…${old.hint})`],
      ['the old one ends', ended.expires_at],
    ],
  );
  if (kept === undefined && made.kind === 'secret')
    context.out.note('The key is not shown again after a day.');
}

/** @throws {CliError} for a scope of a later version: a key without it would be another one */
function readScope(scope: string): Scope {
  const known = SCOPES.find((each) => each === scope);
  if (known === undefined)
    throw new CliError(EXIT.failed, `This version of floe does not know the scope ${scope}.`, {
      hint: 'npx floe@latest knows it.',
    });
  return known;
}

/** The key that is named; else the one that a run before has begun with, or the only secret key. */
function chooseOld(
  keys: readonly Key[],
  app: string,
  { id, begun: noted }: { id: string | undefined; begun: string | undefined },
  now: number,
): Key {
  const isAlive = ({ revoked_at, expires_at }: Key) =>
    revoked_at === null && (expires_at === null || Date.parse(expires_at) > now);
  if (id !== undefined) {
    const named = keys.find((each) => each.id === id);
    if (!named)
      throw new CliError(EXIT.notFound, `${app} has no key ${id}.`, { hint: `floe keys list ${app}` });
    if (!isAlive(named))
      throw new CliError(EXIT.failed, `${id} has ended already.`, { hint: `floe keys list ${app}` });
    return refuseLate(named, keys, now);
  }
  const alive = keys.filter((each) => each.kind === 'secret' && isAlive(each));
  const begun =
    alive.find((each) => each.id === noted) ??
    alive.find((each) => successorOf(each, keys) !== undefined && each.expires_at !== null);
  if (begun) return refuseLate(begun, keys, now);
  const [only, ...others] = alive;
  if (!only)
    throw new CliError(EXIT.failed, `${app} has no secret key.`, { hint: `floe keys create ${app}` });
  if (others.length > 0)
    throw new CliError(EXIT.usage, `${app} has several secret keys. Which one?`, {
      hint: alive.map((each) => `--key ${each.id} (${each.name}, …${each.hint})`).join('\n'),
    });
  return only;
}

/** A key like it that was made later. */
function successorOf(old: Key, keys: readonly Key[]): Key | undefined {
  return keys.find(
    (each) =>
      each.id !== old.id &&
      each.name === old.name &&
      each.kind === old.kind &&
      each.revoked_at === null &&
      each.created_at > old.created_at,
  );
}

/** After a day the gateway would make one more key. */
function refuseLate(old: Key, keys: readonly Key[], now: number): Key {
  const successor = old.expires_at === null ? undefined : successorOf(old, keys);
  if (successor && now - Date.parse(successor.created_at) >= SHOWN_AGAIN_MS)
    throw new CliError(
      EXIT.failed,
      `${old.id} was replaced by ${successor.id}, and ends at ${old.expires_at}.`,
      {
        hint: `To replace the new one: --key ${successor.id}`,
      },
    );
  return old;
}

/** For this user alone. A file that is there is written over only when it has this key already. */
async function writeKey(file: string, key: string): Promise<void> {
  try {
    await writeFile(file, `${key}\n`, { mode: PRIVATE, flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    if ((await readFile(file, 'utf8')).trim() === key) return;
    throw new CliError(EXIT.failed, `${file} is there already.`, {
      hint: 'Name another file with --out.',
      cause,
    });
  }
}
