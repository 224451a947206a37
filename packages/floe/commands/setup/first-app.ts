import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Context } from '../../context.ts';
import {
  type Deployment,
  type DeploymentPlace,
  type Mode,
  saveDeployment,
} from '../../deployments/deployment-file.ts';
import type { Gateway } from '../../gateway/client.ts';
import type { App } from '../../gateway/operator-api.ts';
import { writePrivateFile } from '../../private-file.ts';
import { changeProfiles } from '../../profiles/profile-file.ts';
import type { WantedApp } from './ask-setup.ts';

export const slugOf = (product: string, mode: Mode): string => `${product}-${mode}`;

/** Where an app's keys are, as settings for its site. */
export const envFileOf = ({ folder }: DeploymentPlace, slug: string): string =>
  path.join(folder, `${slug}.env`);

/**
 * Creates an app, and writes its keys where only this user reads them: nobody can read them at the gateway again. That it is about to be created is
 * written down before. When a kill came between, the keys of the app that is there are lost, and it gets new ones.
 */
export async function makeApp(
  context: Context,
  gateway: Gateway,
  place: DeploymentPlace,
  deployment: Deployment,
  { wanted, mode, ownsUnclaimed }: { wanted: WantedApp; mode: Mode; ownsUnclaimed: boolean },
): Promise<void> {
  const call = gateway.asOperator();
  const slug = slugOf(wanted.product, mode);
  const { data: apps } = await call('GET /admin/apps');
  const existing = apps.find((app) => app.slug === slug);
  const making = deployment.making?.[slug];
  if (!existing) {
    deployment.making = { ...deployment.making, [slug]: making ?? newAttempt() };
    await saveDeployment(place, deployment);
    const made = await call('POST /admin/apps', {
      body: {
        product: wanted.product,
        mode,
        ...(wanted.name === undefined ? {} : { name: wanted.name }),
        origins: wanted.origins,
        callback_urls: wanted.callbacks,
        owns_unclaimed: ownsUnclaimed,
      },
    });
    await keepKeys(context, place, gateway, slug, {
      secret: made.secret_key,
      publishable: made.publishable_key,
    });
  } else if (making) await replaceLostKeys(context, gateway, place, existing, making);
  delete deployment.making?.[slug];
  await saveDeployment(place, deployment);
}

/** The `Idempotency-Key`s of new keys, so that making them again makes the same. */
const newAttempt = () => ({ secret: randomUUID(), publishable: randomUUID() });

/** New keys for an app whose first ones nobody has seen; those are revoked. */
async function replaceLostKeys(
  context: Context,
  gateway: Gateway,
  place: DeploymentPlace,
  { slug }: App,
  attempt: { secret: string; publishable: string },
): Promise<void> {
  const call = gateway.asOperator();
  const make = (kind: 'secret' | 'publishable') =>
    call('POST /admin/apps/{app}/keys', {
      params: { app: slug },
      body: { kind, name: 'setup' },
      idempotencyKey: attempt[kind],
    });
  const [secret, publishable] = [await make('secret'), await make('publishable')];
  await keepKeys(context, place, gateway, slug, { secret: secret.key, publishable: publishable.key });
  const { data: keys } = await call('GET /admin/apps/{app}/keys', { params: { app: slug } });
  for (const key of keys)
    if (key.id !== secret.id && key.id !== publishable.id && key.revoked_at === null)
      await call('DELETE /admin/apps/{app}/keys/{key}', { params: { app: slug, key: key.id } });
}

async function keepKeys(
  context: Context,
  place: DeploymentPlace,
  gateway: Gateway,
  slug: string,
  keys: { secret: string; publishable: string },
): Promise<void> {
  await writePrivateFile(
    envFileOf(place, slug),
    `FLOE_GATEWAY=${gateway.profile.gateway}
FLOE_APP=${slug}
FLOE_SECRET_KEY=${keys.secret}

# For pages: everybody may know it.
FLOE_PUBLISHABLE_KEY=${keys.publishable}
`,
  );
  await changeProfiles(context, (kept) => {
    const profile = kept.profiles[place.name] ?? { gateway: gateway.profile.gateway, secretKeys: {} };
    const secretKeys = { ...profile.secretKeys, [slug]: keys.secret };
    return { ...kept, profiles: { ...kept.profiles, [place.name]: { ...profile, secretKeys } } };
  });
}
