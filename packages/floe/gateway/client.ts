import { Option } from '@commander-js/extra-typings';
import { type Api, IDEMPOTENT } from '../../kit/api.ts';
import { createCaller } from '../../kit/client.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { chooseProfile, type ChosenProfile } from '../profiles/choose-profile.ts';
import { VERSION } from '../version.ts';
import { OPERATOR_IDEMPOTENT, type OperatorApi } from './operator-api.ts';

/* Calls of a gateway, with the types of its OpenAPI document. What reads, and what creates once, is tried again (packages/kit/client.ts). */

type Routes = Api & OperatorApi;
type Input<R extends keyof Routes> = Omit<Routes[R], 'response'> & CallOptions;
type Arguments<R extends keyof Routes> =
  Partial<Input<R>> extends Input<R> ? [input?: Input<R>] : [input: Input<R>];

interface CallOptions {
  /** Of a call that creates. Made up when left out; the attempts of one call have the same. */
  idempotencyKey?: string;
}

/** What a route answers. */
export type Answer<R extends keyof Routes> = Routes[R]['response'];

/** Calls a route. @throws {FloeError} which `describeFailure` tells */
export type Call<Table extends keyof Routes> = <R extends Table>(
  route: R,
  ...args: Arguments<R>
) => Promise<Answer<R>>;

export interface Gateway {
  profile: ChosenProfile;
  /** With the operator's token. @throws {CliError} at once when the profile has none */
  asOperator(): Call<keyof OperatorApi>;
  /** With another operator's token than the profile's. */
  withToken(token: string): Call<keyof OperatorApi>;
  /** With the secret key of an app: the named one, or the only one. @throws {CliError} at once when that leaves none or several */
  asApp(slug: string | undefined): Call<keyof Api>;
  /** The app that such calls are of. @throws {CliError} as `asApp` does */
  chooseApp(slug: string | undefined): ChosenApp;
}

export interface ChosenApp {
  /** Its slug; `FLOE_SECRET_KEY` when only the key is known. */
  name: string;
  secretKey: string;
}

interface GatewayOptions {
  /** Of each attempt, for calls that wait long. */
  timeoutMs?: number;
  /** Reads what is answered, instead of `JSON.parse`. */
  parse?: (text: string) => unknown;
}

/** The gateway that this command speaks to. */
export async function openGateway(context: Context, options: GatewayOptions = {}): Promise<Gateway> {
  const profile = await chooseProfile(context);
  context.out.speaksTo(`${profile.gateway} (${profile.from})`);
  return gatewayOf(context, profile, options);
}

/** The gateway of a profile. */
export function gatewayOf(context: Context, profile: ChosenProfile, options: GatewayOptions = {}): Gateway {
  const call = (key: string) =>
    createCaller(
      {
        gateway: profile.gateway,
        key,
        fetch: (input, init) =>
          context.fetch(input, { ...init, headers: { ...Object(init?.headers), ...AGENT } }),
        wait: (ms) => context.sleep(ms),
        signal: context.signal,
        ...options,
      },
      EVERY_IDEMPOTENT,
    );
  return {
    profile,
    asOperator() {
      if (profile.adminToken === undefined)
        throw new CliError(
          EXIT.refused,
          `This needs the operator’s token, and there is none (${profile.from}).`,
          {
            hint: describeMissing(profile, '', 'FLOE_ADMIN_TOKEN'),
          },
        );
      return call(profile.adminToken) as Call<keyof OperatorApi>;
    },
    asApp: (slug) => call(chooseApp(profile, slug).secretKey) as Call<keyof Api>,
    chooseApp: (slug) => chooseApp(profile, slug),
    withToken: (token) => call(token) as Call<keyof OperatorApi>,
  };
}

export interface AppOptions {
  app?: string | undefined;
}

/** `--app`, of commands that call with an app's secret key, for `.addOption`. */
export const appOption = () => new Option('--app <slug>', 'the app, when the profile has keys of several');

/** Names this program in a gateway's logs. */
const AGENT = { 'user-agent': `floe/${VERSION}` };

const EVERY_IDEMPOTENT: ReadonlySet<string> = new Set([...IDEMPOTENT, ...OPERATOR_IDEMPOTENT]);

function chooseApp(profile: ChosenProfile, slug: string | undefined): ChosenApp {
  const slugs = Object.keys(profile.secretKeys);
  const chosen = slug ?? (slugs.length === 1 ? slugs[0] : undefined);
  const key =
    chosen !== undefined && Object.hasOwn(profile.secretKeys, chosen)
      ? profile.secretKeys[chosen]
      : undefined;
  if (chosen !== undefined && key !== undefined) return { name: chosen, secretKey: key };
  if (slug === undefined && slugs.length > 1)
    throw new CliError(EXIT.usage, 'Of which app?', { hint: `--app ${slugs.join(' or --app ')}` });
  throw new CliError(
    EXIT.refused,
    slug === undefined
      ? `This needs an app’s secret key, and there is none (${profile.from}).`
      : `There is no secret key of ${slug} (${profile.from})${slugs.length === 0 ? '' : `, only of ${slugs.join(', ')}`}.`,
    { hint: describeMissing(profile, ` --app ${slug ?? 'quay-live'}`, 'FLOE_SECRET_KEY') },
  );
}

function describeMissing({ name, gateway }: ChosenProfile, options: string, variable: string): string {
  return name === undefined
    ? `Set ${variable}, or add a profile: floe profiles add NAME --gateway ${gateway}${options}`
    : `floe profiles add ${name} --gateway ${gateway}${options}`;
}
