import * as z from 'zod/mini';
import { requireSubject } from '../../access/present-access.ts';
import { whoIsAsked } from '../../http/asked.ts';
import type { Caller } from '../../http/identify-caller.ts';
import { redirect, refuseLookahead } from '../../http/navigation.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { customer, page, uuid } from '../../http/shapes.ts';
import { wantsJson } from '../../http/wants-json.rules.ts';
import type { Named } from '../../base/subject.rules.ts';
import type { DownloadAddressView } from './downloads.answers.ts';
import type { Asker } from './find-files.ts';
import { listDownloads } from './list-downloads.ts';
import { listDownloadsOf, listFiles } from './list-files.ts';
import { openDownload } from './open-download.ts';

const byFile = z.object({ id: uuid() });
/** A secret key says whose files it means; a session means its own. */
const owner = { customer: z.optional(customer()), member: z.optional(uuid()) };

export const getDownloads = defineRoute({
  method: 'get',
  path: '/v1/downloads',
  auth: ['secret', 'session'],
  scope: 'downloads:read',
  query: z.strictObject({ ...owner, ...page }),
});

export const getDownload = defineRoute({
  method: 'get',
  path: '/v1/downloads/:id',
  auth: ['secret', 'session'],
  scope: 'downloads:read',
  params: byFile,
  query: z.strictObject(owner),
  // Nobody has asked for the file yet, so nothing is decided, made or counted.
  admit: async (c) => refuseLookahead(c),
});

export const getFiles = defineRoute({
  method: 'get',
  path: '/v1/files',
  auth: ['secret'],
  scope: 'downloads:read',
  query: z.strictObject(page),
});

export const getDownloadsOfFile = defineRoute({
  method: 'get',
  path: '/v1/files/:id/downloads',
  auth: ['secret'],
  scope: 'downloads:read',
  params: byFile,
  query: z.strictObject(page),
});

export function mountDownloads(app: App): void {
  mount(app, getDownloads, async (c, { caller, query }) => {
    const { limit, cursor } = query;
    return c.json(await listDownloads(c.get('services'), whoAsks(caller, query), { limit, cursor }));
  });
  mount(app, getDownload, async (c, { caller, params, query }) => {
    const { url, expiresAt } = await openDownload(c.get('services'), whoAsks(caller, query), params.id);
    c.header('Vary', 'Accept', { append: true });
    if (!wantsJson(c.req.header('accept'))) return redirect(c, url);
    c.header('Cache-Control', 'no-store');
    c.header('Referrer-Policy', 'no-referrer');
    const view: DownloadAddressView = { url, expires_at: new Date(expiresAt).toISOString() };
    return c.json(view);
  });
  mount(app, getFiles, async (c, { caller, query }) =>
    c.json(await listFiles(c.get('services'), caller.app, { cursor: undefined, ...query })),
  );
  mount(app, getDownloadsOfFile, async (c, { caller, params, query }) =>
    c.json(await listDownloadsOf(c.get('services'), caller.app, { cursor: undefined, ...query, ...params })),
  );
}

/** @throws {Problem} `validation_failed` for a secret key that names nobody; `unauthorized` for a session of nobody */
function whoAsks(caller: Caller<'secret' | 'session'>, named: Named): Asker {
  const subject = requireSubject(whoIsAsked(caller, named, 'query'));
  return { app: caller.app, subject, isVisitor: caller.kind === 'session' };
}
