import { parseEnv } from 'node:util';
import { CliError } from '../../cli-error.ts';
import { type Found, variableOf } from '../../cloudflare/look.ts';
import type { Context } from '../../context.ts';
import type { Deployment, Mode } from '../../deployments/deployment-file.ts';
import { settingsOf } from '../../deployments/secrets.rules.ts';
import { EXIT } from '../../exit-codes.ts';
import { parseGateway } from '../../profiles/choose-profile.ts';
import type { SetupOptions } from './setup-options.ts';

/* What setup has to be told: by options and variables, by what is known of the deployment, or by the person. */

/** The modes to set up. Without a word: those of the deployment, or the sandbox. */
export async function askModes(
  { out, isInteractive }: Context,
  options: SetupOptions,
  deployment: Deployment,
): Promise<Mode[]> {
  const both: Mode[] = ['sandbox', 'live'];
  if (options.mode === 'both') return both;
  if (options.mode !== undefined) return [options.mode];
  if (deployment.modes.length > 0) return both.filter((mode) => deployment.modes.includes(mode));
  if (!isInteractive) return ['sandbox'];
  const chosen = await out.choose(
    'Which of Polar’s environments? Begin with the sandbox, where nothing costs money.',
    ['sandbox', 'live', 'both'],
    { instead: 'Add --mode sandbox.' },
  );
  return chosen === 'both' ? both : [chosen === 'live' ? 'live' : 'sandbox'];
}

/** Polar's access tokens, by mode. @throws {CliError} when one is missing and nobody can be asked */
export async function askTokens(
  context: Context,
  options: SetupOptions,
  modes: readonly Mode[],
  adopted: Readonly<Record<string, string | undefined>>,
): Promise<Map<Mode, string>> {
  const { env, out } = context;
  const piped = options.stdin ? parseEnv(await context.readStdin()) : {};
  const tokens = new Map<Mode, string>();
  for (const mode of modes) {
    const name = settingsOf(mode).accessToken;
    const given = (piped[name] ?? env[name] ?? adopted[name])?.trim();
    const token =
      given ||
      (
        await out.askSecret(`Polar’s organization access token, ${mode}`, {
          instead: `Set ${name}, or pipe it in with --stdin.`,
        })
      ).trim();
    if (token === '')
      throw new CliError(EXIT.usage, `Polar’s access token for ${mode} is missing (${name}).`);
    tokens.set(mode, token);
  }
  return tokens;
}

/**
 * The gateway's address: the one that is wanted, the one that it has, or one of workers.dev.
 * @throws {CliError} when the account has no name under workers.dev, or the gateway has another address already
 */
export async function askUrl(
  { out, isInteractive }: Context,
  options: SetupOptions,
  deployment: Deployment,
  found: Found,
  worker: string,
): Promise<string> {
  const running = variableOf(found.worker, 'FLOE_URL') || undefined;
  const known = running ?? deployment.url;
  const offered =
    found.subdomain === undefined ? undefined : `https://${worker}.${found.subdomain}.workers.dev`;
  const wanted = options.url ?? known ?? (isInteractive ? await askForUrl(out, offered) : offered);
  if (wanted === undefined)
    throw new CliError(EXIT.usage, 'Where shall the gateway be? The account has no name under workers.dev.', {
      hint: 'Add --url with a name of a domain in the account, https://pay.example.com, or choose a name for workers.dev in Cloudflare’s dashboard.',
    });
  const url = parseGateway(wanted);
  if (!url.startsWith('https://') || new URL(url).port !== '')
    throw new CliError(EXIT.usage, `${url} is no address that Cloudflare gives: https://pay.example.com`);
  if (running !== undefined && running !== url)
    throw new CliError(EXIT.failed, `The gateway of this account answers at ${running}, not at ${url}.`, {
      hint: 'Polar and your sites know it by that address. Leave --url out.',
    });
  const host = new URL(url).hostname;
  if (host.endsWith('.workers.dev') && url !== offered)
    throw new CliError(
      EXIT.usage,
      `${url} is not this account’s${offered === undefined ? '' : `, which would be ${offered}`}.`,
      { hint: 'Under workers.dev an account has one name. Leave --url out, or use a domain of yours.' },
    );
  return url;
}

async function askForUrl(out: Context['out'], offered: string | undefined): Promise<string> {
  return out.askText('The gateway’s address: a name of a domain in this account, or as it stands', {
    ...(offered === undefined ? {} : { initial: offered }),
    instead: 'Add --url.',
  });
}

/** The first app. */
export interface WantedApp {
  product: string;
  name: string | undefined;
  origins: string[];
  callbacks: string[];
}

/**
 * The app to make; undefined when none is wanted. `hasApps`: the gateway has one already, so none is asked for.
 * @throws {CliError} when nobody can be asked
 */
export async function askApp(
  { out, isInteractive }: Context,
  options: SetupOptions,
  deployment: Deployment,
  hasApps: boolean,
): Promise<WantedApp | undefined> {
  const { app, appName: name, origin: origins, callback: callbacks } = options;
  if (app === false) return undefined;
  const instead =
    'Add --app quay --origin https://quay.example.com --callback https://quay.example.com/welcome, or --no-app.';
  const known = app ?? deployment.product;
  if (known === undefined && hasApps) return undefined;
  if (known === undefined && options.dryRun && !isInteractive) {
    out.note('No app is named (--app), so none is in the plan.');
    return undefined;
  }
  const product =
    known ?? (await out.askText('The first app: the name of what you sell, such as quay', { instead }));
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(product))
    throw new CliError(
      EXIT.usage,
      `${product} is no name of a product: lowercase letters, digits and hyphens.`,
    );
  if (hasApps) return { product, name, origins: origins ?? [], callbacks: callbacks ?? [] };
  const wanted = callbacks ?? [
    await out.askText('Where buyers come back to, with all beneath it', {
      initial: `https://${product}.example.com/welcome`,
      instead,
    }),
  ];
  // The gateway would refuse it when all else is done.
  const wrong = [...wanted, ...(origins ?? [])].find((url) => !isPublicAddress(url));
  if (wrong !== undefined)
    throw new CliError(EXIT.usage, `${wrong} is no address of a site: https://quay.example.com/welcome`);
  return {
    product,
    name,
    origins: origins ?? [
      ...new Set(wanted.flatMap((url) => (URL.canParse(url) ? [new URL(url).origin] : []))),
    ],
    callbacks: wanted,
  };
}

function isPublicAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, search, hash } = new URL(text);
  return protocol === 'https:' && username === '' && search === '' && hash === '';
}
