import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { Account } from './account.ts';
import { answer, Refusal } from './answers.ts';
import type { Asked } from './storage-routes.ts';

const ONE_HOUR_S = 3_600;

/** Uploads of static files under way: a manifest each, and the files of it that the account does not have yet. */
export class AssetSessions {
  readonly #manifests = new Map<string, { account: Account; manifest: Map<string, string> }>();

  begin(account: Account, manifest: Map<string, string>): { jwt: string; missing: string[] } {
    const session = randomUUID();
    this.#manifests.set(session, { account, manifest });
    const missing = new Set([...manifest.values()].filter((hash) => !account.files.has(hash)));
    return { jwt: tokenOf(session), missing: [...missing] };
  }

  /** The account that a token was given to. */
  accountOf(token: string): Account {
    return this.#find(token).account;
  }

  isComplete(token: string): boolean {
    const { account, manifest } = this.#find(token);
    return [...manifest.values()].every((hash) => account.files.has(hash));
  }

  /** @throws {Refusal} when files of the manifest were not uploaded */
  finished(token: string): Map<string, string> {
    if (!this.isComplete(token)) throw new Refusal(400, 10304, 'Assets are missing from the upload.');
    return this.#find(token).manifest;
  }

  #find(token: string) {
    const found = this.#manifests.get(sessionOf(token));
    if (!found) throw new Refusal(401, 10300, 'Invalid or expired asset upload token.');
    return found;
  }
}

/** The two addresses of static files. Uploads carry the session's own token instead of the account's. */
export function assetRoutes(sessions: AssetSessions): Hono<Asked> {
  const routes = new Hono<Asked>();

  routes.post('/workers/scripts/:name/assets-upload-session', async (context) => {
    const { manifest } = (await context.req.json()) as { manifest: Record<string, { hash: string }> };
    const hashes = new Map(Object.entries(manifest).map(([path, { hash }]) => [path, hash]));
    const { jwt, missing } = sessions.begin(context.var.account, hashes);
    return answer(context, { jwt, buckets: missing.length === 0 ? [] : [missing] });
  });

  return routes;
}

/** `POST /workers/assets/upload`: files as base64, named by their hash. */
export async function receiveAssets(
  sessions: AssetSessions,
  token: string,
  request: Request,
): Promise<object> {
  const { files } = sessions.accountOf(token);
  for (const [hash, part] of await request.formData()) {
    if (typeof part === 'string') continue;
    files.set(hash, { content: new Uint8Array(Buffer.from(await part.text(), 'base64')), type: part.type });
  }
  return sessions.isComplete(token) ? { jwt: token } : {};
}

/** Wrangler reads only when it ends. */
function tokenOf(session: string): string {
  const payload = { session, exp: Math.floor(Date.now() / 1000) + ONE_HOUR_S };
  return `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.e30`;
}

function sessionOf(token: string): string {
  const [, payload = ''] = token.split('.');
  try {
    return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { session: string }).session;
  } catch {
    return '';
  }
}
