import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { livingOwner } from '../../packages/polar-simulator/claim.ts';
import { callJson, listField, textField, textsField } from './http.ts';
import type { OwnPages } from './own-pages.rules.ts';
import { claimFile } from './running.ts';
import { statePaths } from './state.ts';

interface Gateway {
  url: string;
  adminToken: string;
}

/** What an app of the gateway has registered. */
export interface RegisteredApp {
  slug: string;
  origins: string[];
  callbackUrls: string[];
}

/** As many as the gateway takes of each. */
const MAX_REGISTERED = 20;

/**
 * Has an app know pages beside those that it knows. They come after those: buyers come back to the first callback when a payment names no
 * address, and this does not change it. Gives that first one. @throws an error that says which apps there are, or that the app knows as many as it can
 */
export async function registerPages(gateway: Gateway, pages: OwnPages): Promise<string> {
  const apps = await listApps(gateway);
  const app = apps.find(({ slug }) => slug === pages.app);
  if (!app)
    throw new Error(
      `There is no app ${pages.app} here. --app takes ${apps.map(({ slug }) => slug).join(' or ')}.`,
    );
  const origins = [...new Set([...app.origins, ...pages.origins])];
  const callback_urls = [...new Set([...app.callbackUrls, ...pages.callbackUrls])];
  if (Math.max(origins.length, callback_urls.length) > MAX_REGISTERED)
    throw new Error(
      `${app.slug} has ${app.origins.length} origins and ${app.callbackUrls.length} callbacks, and may have ${MAX_REGISTERED} of each. Remove some: PATCH ${gateway.url}/admin/apps/${app.slug}`,
    );
  await callJson('PATCH', `${gateway.url}/admin/apps/${app.slug}`, gateway.adminToken, {
    origins,
    callback_urls,
  });
  return callback_urls[0] ?? '';
}

/** All apps of the gateway, with what they have registered. */
export async function listApps({ url, adminToken }: Gateway): Promise<RegisteredApp[]> {
  const answer = await callJson('GET', `${url}/admin/apps`, adminToken);
  return listField(answer, 'data').map((app) => ({
    slug: textField(app, 'slug'),
    origins: textsField(app, 'origins'),
    callbackUrls: textsField(app, 'callback_urls'),
  }));
}

const devFile = z.object({ gateway_url: z.string(), admin_token: z.string() });

/**
 * The same with the Floe that owns a state folder now, so that a developer need not stop it. Gives its process, and
 * the app's first callback; undefined when there is none, or when it does not answer yet. @throws an error that says what to do when
 * `dev.json` is damaged
 */
export async function registerWithRunning(
  stateDir: string,
  pages: OwnPages,
): Promise<{ pid: number; first: string } | undefined> {
  const owner = await livingOwner(claimFile(stateDir));
  if (!owner) return undefined;
  const file = statePaths(stateDir, 'simulated').devFile;
  const dev = devFile.safeParse(readJson(await readFile(file, 'utf8').catch(() => '{}'), file, owner.pid));
  if (!dev.success) return undefined;
  const url = dev.data.gateway_url;
  // The file may be of an earlier start, on another port: only the owner's own is asked.
  if (!owner.ports.includes(Number(new URL(url).port))) return undefined;
  const isThere = await fetch(`${url}/health`).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const first = await registerPages({ url, adminToken: dev.data.admin_token }, pages);
  return { pid: owner.pid, first };
}

function readJson(text: string, file: string, pid: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(
      `${file} is damaged, so the Floe that runs (process ${pid}) cannot be asked. End it with: kill ${pid}, and start it again.`,
      { cause: error },
    );
  }
}
