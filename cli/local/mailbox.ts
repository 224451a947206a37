import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Request, Response } from 'miniflare';

/* Mail on this machine: nothing leaves it. What the gateway sends is kept in a file, one JSON object a line. */

/** The name that wrangler.toml gives the binding. */
export const MAIL_BINDING = 'MAIL';
const WORKER = 'mailbox';
const ENTRYPOINT = 'Mailbox';

/** Stands where Cloudflare's `send_email` is: an object with `send`. */
const SCRIPT = `
import { WorkerEntrypoint } from 'cloudflare:workers';
export class ${ENTRYPOINT} extends WorkerEntrypoint {
  async send(mail) {
    const kept = await this.env.STORE.fetch('http://mailbox/', { method: 'POST', body: JSON.stringify(mail) });
    if (!kept.ok) throw new Error('the mail was not kept');
    return { messageId: crypto.randomUUID() };
  }
}
export default { fetch: () => new Response(null, { status: 404 }) };
`;

/** What the gateway's worker is bound to. */
export const MAILBOX_SERVICE = { name: WORKER, entrypoint: ENTRYPOINT };

/** A worker beside the gateway's that keeps mail in `file`. */
export function mailboxWorker(file: string) {
  return {
    name: WORKER,
    compatibilityDate: '2026-10-30',
    modules: [{ type: 'ESModule' as const, path: 'mailbox.js', contents: SCRIPT }],
    serviceBindings: {
      async STORE(request: Request) {
        const mail = await request.json();
        await mkdir(path.dirname(file), { recursive: true });
        const line = JSON.stringify({ at: new Date().toISOString(), ...Object(mail) });
        await appendFile(file, `${line}\n`, { mode: 0o600 });
        return new Response();
      },
    },
  };
}
