import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

/** What the local stack has to know again after a restart: secrets it made up and keys that were shown once. */
const stateShape = z.object({
  version: z.literal(1),
  adminToken: z.string(),
  encryptionKeys: z.string(),
  signingKeys: z.string(),
  webhookSecret: z.string(),
  organization: z.optional(z.object({ id: z.string(), accessToken: z.string() })),
  apps: z.record(
    z.string(),
    z.object({
      secretKey: z.string(),
      publishableKey: z.string(),
      /** The site's own endpoint at the gateway; its secret verifies what arrives. */
      endpoint: z.optional(z.object({ id: z.string(), url: z.string(), secret: z.string() })),
    }),
  ),
});
export type LocalState = z.infer<typeof stateShape>;

/** Where things are kept under the state directory. Simulated Polar and the real sandbox never share a database. */
export function statePaths(stateDir: string, polar: 'simulated' | 'sandbox') {
  const own = path.join(stateDir, polar);
  return {
    own,
    state: path.join(own, 'state.json'),
    polar: path.join(own, 'polar.json'),
    cloudflare: path.join(own, 'cloudflare'),
    events: path.join(own, 'site-events.json'),
    mail: path.join(own, 'mail.jsonl'),
    devFile: path.join(stateDir, 'dev.json'),
  };
}
export type StatePaths = ReturnType<typeof statePaths>;

/** Deletes what the stack keeps, and nothing else that lies in the same directory. */
export async function wipeState(paths: StatePaths): Promise<void> {
  await rm(paths.own, { recursive: true, force: true });
  await rm(paths.devFile, { force: true });
}

/** The kept state; undefined before the first start. @throws when the file is there and cannot be understood. */
export async function readState(paths: StatePaths): Promise<LocalState | undefined> {
  let text: string;
  try {
    text = await readFile(paths.state, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return stateShape.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${paths.state} cannot be read. Start afresh with: npm start -- --reset`, { cause });
  }
}

/** Keeps the state, readable for this user only. */
export async function saveState(paths: StatePaths, state: LocalState): Promise<void> {
  await writePrivateJson(paths.state, state);
}

/** Writes beside the file and then over it, so that a crash leaves the old or the new one. */
export async function writePrivateJson(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
