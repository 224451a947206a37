/** What the buyer can download, and the links that lead to it (facts §8). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../../http/app.ts';
import { notFound, problem } from '../../http/errors.ts';
import { queryOf } from '../../http/input.ts';
import { answerList } from '../../http/lists.ts';
import { fields, selects } from '../../http/selection.ts';
import { createDownload } from '../../life/storage.ts';
import type { GrantRow } from '../../state.ts';
import { fileBaseToWire } from '../../wire/file.ts';
import type { World } from '../../world.ts';
import { type PortalEnv, createPortalRouter, isMine } from './access.ts';

export function portalDownloadableRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const { grants, files } = world.tables;

  routes.get('/', (context) => {
    const { customer } = context.var;
    const isWanted = selects<GrantRow>(queryOf(context), { filters: fields('benefit_id') });
    const rows = grants
      .by('customer', customer.id)
      .filter((grant) => grant.is_granted && isMine(context, grant) && isWanted(grant))
      .flatMap((grant) => {
        const ids = Array.isArray(grant.properties['files']) ? grant.properties['files'] : [];
        return ids.flatMap((id) => {
          const file = files.get(String(id));
          return file && !file.deleted_at ? [{ grant, file }] : [];
        });
      });
    return answerList(context, rows, {
      sorters: { created_at: ({ file }) => file.created_at },
      toWire({ grant, file }) {
        const { id, expires_at } = createDownload(world, file, customer.id);
        const url = `${world.publicUrl}/v1/customer-portal/downloadables/${id}`;
        return {
          id: file.id,
          benefit_id: grant.benefit_id,
          file: { ...fileBaseToWire(file), download: { url, headers: {}, expires_at } },
        };
      },
    });
  });

  return routes;
}

/** A download link needs no credentials, and works until it expires even when the grant is revoked. */
export function downloadRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  routes.get('/:token', (context) => {
    const download = world.tables.downloads.get(context.req.param('token'));
    const file = world.tables.files.get(download?.file_id);
    if (!download || !file) throw notFound();
    if (Date.parse(download.expires_at) <= world.now()) {
      throw problem(410, 'ResourceUnavailable', 'This download link has expired.');
    }
    download.downloads += 1;
    world.changed();
    return context.redirect(`${world.publicUrl}/_storage/${file.path}?signature=${download.id}`, 302);
  });
  return routes;
}
