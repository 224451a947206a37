import type { Context } from '../../context.ts';
import type { Deployment, DeploymentPlace, Mode, Secrets } from '../../deployments/deployment-file.ts';
import { ADMIN_TOKEN, secondOf } from '../../deployments/secrets.rules.ts';
import { type Gateway, gatewayOf } from '../../gateway/client.ts';
import type { App } from '../../gateway/operator-api.ts';
import type { Release } from '../../release/open-release.ts';
import type { WantedApp } from './ask-setup.ts';
import type { Cloudflare, PolarSurvey } from './survey.ts';

/** All that is known before something is changed, and what changes on the way. */
export interface Setup {
  context: Context;
  release: Release;
  place: DeploymentPlace;
  deployment: Deployment;
  /** What was made here. */
  secrets: Secrets;
  modes: Mode[];
  url: string;
  cloudflare: Cloudflare;
  polar: PolarSurvey[];
  /** Of the gateway that runs; undefined while there is none, or its operator's token is not known here. */
  apps: App[] | undefined;
  wantedApp: WantedApp | undefined;
}

/** One change, or a wait. */
export interface Task {
  /** Stable, for `--json`. */
  step: string;
  /** What is shown while it is done. */
  title: string;
  /** What it does, as a sentence begins: `create the D1 database floe`. */
  what: string;
  /** @returns what is said when it is done; nothing: `done` */
  run: () => Promise<string | void>;
}

/** The setting in which the gateway has the operator's token, or will have it: the first, or after a rotation the second. */
export function adminSetting({ cloudflare, secrets }: Pick<Setup, 'cloudflare' | 'secrets'>): string {
  const second = secondOf(ADMIN_TOKEN);
  const names = [ADMIN_TOKEN, second];
  const there = names.filter((name) => cloudflare.found.secrets.has(name));
  const here = names.filter((name) => secrets[name] !== undefined);
  return there[0] ?? here[0] ?? ADMIN_TOKEN;
}

/** The gateway, with the operator's token that was made here. */
export function operatorOf(setup: Setup): Gateway {
  const { context, place, url, secrets } = setup;
  const { [adminSetting(setup)]: adminToken } = secrets;
  return gatewayOf(context, {
    gateway: url,
    name: place.name,
    from: `deployment ${place.name}`,
    secretKeys: {},
    ...(adminToken === undefined ? {} : { adminToken }),
  });
}
