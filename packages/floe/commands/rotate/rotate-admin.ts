import { FloeError } from '../../../kit/problem.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Gateway } from '../../gateway/client.ts';
import { type Profile, changeProfiles } from '../../profiles/profile-file.ts';
import { fingerprint, newToken } from './new-values.ts';
import { type RotateOptions, type Rotation, sayDone, untilGatewayHas } from './rotation.ts';
import { isNew, otherSetting, type SecretsView } from './settings.rules.ts';

const UNAUTHORIZED = 401;
const what = { purpose: 'admin' };

/**
 * Gives the operator a new token. The profile has both until the new one has been seen to work, so that whatever ends this, one of them does.
 * @throws {CliError}
 */
export async function rotateAdmin(
  rotation: Omit<Rotation, 'call'>,
  gateway: Gateway,
  options: Pick<RotateOptions, 'again'> & { keepOld?: true | undefined },
): Promise<void> {
  const { context, store } = rotation;
  const { out } = context;
  const name = gateway.profile.name;
  if (name === undefined)
    throw new CliError(EXIT.usage, 'The new token is kept in a profile, and there is none.', {
      hint: `floe profiles add NAME --gateway ${gateway.profile.gateway}`,
    });
  const keep = (tokens: Pick<Profile, 'adminToken' | 'nextAdminToken'>) => keepTokens(context, name, tokens);

  let { adminToken: token, nextAdminToken: next } = gateway.profile;
  // The run before may have been ended after the gateway had lost the old one.
  if (next !== undefined && (token === undefined || !(await works(gateway, token)))) {
    token = next;
    next = undefined;
    await keep({ adminToken: token });
  }
  if (token === undefined) throw new CliError(EXIT.refused, `The profile ${name} has no operator’s token.`);
  const view = await gateway.withToken(token)('GET /admin/secrets');
  const own = await findOwn(view, token);
  const other = otherSetting(own.setting);
  const beside = view.secrets.find(({ setting }) => setting === other);

  if (next === undefined && beside && Date.parse(beside.since) <= Date.parse(own.since)) {
    await finish({ context, store, call: gateway.withToken(token) }, other, options.keepOld === true);
    return;
  }
  if (next === undefined) {
    if (isNew(own, context.now()) && !options.again) {
      sayDone(
        rotation,
        what,
        `The token is new: the gateway has it since ${own.since}. Nothing was changed; --again makes another one.`,
      );
      return;
    }
    if (beside)
      await out.confirm(
        `${other} holds another token since ${beside.since}, which ends with this. Replace it?`,
      );
    next = newToken();
    // Before the gateway has it: what it has must never be lost.
    await keep({ adminToken: token, nextAdminToken: next });
  }
  const wanted = next;
  await out.step(`Adding a new token (${other})`, async () => {
    const nameOfNext = await fingerprint(wanted);
    if (beside?.name !== nameOfNext) await store.put(other, wanted);
    await untilGatewayHas({ context, call: gateway.withToken(token) }, ({ secrets }) =>
      secrets.some((each) => each.name === nameOfNext),
    );
    if (!(await works(gateway, wanted)))
      throw new CliError(EXIT.failed, 'The gateway has the new token, and refuses it.', {
        hint: 'The old one works. Run the same command again.',
      });
  });
  await keep({ adminToken: wanted });
  await finish({ context, store, call: gateway.withToken(wanted) }, own.setting, options.keepOld === true);
}

async function keepTokens(
  context: Context,
  name: string,
  tokens: Pick<Profile, 'adminToken' | 'nextAdminToken'>,
): Promise<void> {
  await changeProfiles(context, (kept) => {
    const profile = kept.profiles[name];
    if (!profile) throw new CliError(EXIT.notFound, `There is no profile ${name} any more.`);
    const { gateway, secretKeys } = profile;
    return { ...kept, profiles: { ...kept.profiles, [name]: { gateway, ...tokens, secretKeys } } };
  });
}

/** Ends the old token. */
async function finish(rotation: Rotation, setting: string, keepsOld: boolean): Promise<void> {
  const { context, store } = rotation;
  if (keepsOld) {
    sayDone(
      rotation,
      what,
      `The profile has the new token. The old one works on in ${setting}; the same command without --keep-old ends it.`,
    );
    return;
  }
  await context.out.step(`Removing the old token (${setting})`, async () => {
    await store.remove(setting);
    await untilGatewayHas(rotation, ({ secrets }) => secrets.every((each) => each.setting !== setting));
  });
  sayDone(
    rotation,
    what,
    'The profile has the new token, and the old one is refused. Other machines need it too: floe profiles add.',
  );
}

async function findOwn({ secrets }: SecretsView, token: string) {
  const name = await fingerprint(token);
  const own = secrets.find((each) => each.purpose === 'admin' && each.name === name);
  if (!own) throw new CliError(EXIT.failed, 'The gateway does not name the token that it was called with.');
  return own;
}

/** The token of the profile, or the one that takes its place, if the run before was ended after the gateway had lost the old one. @throws {CliError} */
export async function findWorkingToken(gateway: Gateway): Promise<string> {
  const { adminToken, nextAdminToken } = gateway.profile;
  for (const token of [adminToken, nextAdminToken])
    if (token !== undefined && (await works(gateway, token))) return token;
  throw new CliError(EXIT.refused, `The gateway refuses the operator’s token (${gateway.profile.from}).`, {
    hint: 'floe profiles add NAME --gateway URL takes the one that it has.',
  });
}

async function works(gateway: Gateway, token: string): Promise<boolean> {
  try {
    await gateway.withToken(token)('GET /admin/secrets');
    return true;
  } catch (error) {
    if (error instanceof FloeError && error.status === UNAUTHORIZED) return false;
    throw error;
  }
}
