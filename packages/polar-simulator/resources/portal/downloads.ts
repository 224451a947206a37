/** What the buyer can download, and the links that lead to it (facts §8). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../../http/app.ts';
import { notFound, problem } from '../../http/errors.ts';
import { queryOf } from '../../http/input.ts';
import { answerList } from '../../http/lists.ts';
import { fields, selects } from '../../http/selection.ts';
import { createDownloadLink, downloadableOf, hasEnded } from '../../life/storage.ts';
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
    const held = grants
      .by('customer', customer.id)
      .filter((grant) => grant.is_granted && isMine(context, grant) && isWanted(grant))
      .flatMap((grant) => {
        const ids = Array.isArray(grant.properties['files']) ? grant.properties['files'] : [];
        return ids.flatMap((id) => {
          const file = files.get(String(id));
          return file && !file.deleted_at ? [{ entry: downloadableOf(world, grant, file), file }] : [];
        });
      });
    // Two grants of one benefit are one entry.
    const rows = [...new Map(held.map((row) => [row.entry.id, row])).values()];
    return answerList(context, rows, {
      sorters: { created_at: ({ entry }) => entry.created_at },
      toWire({ entry, file }) {
        const { id, expires_at } = createDownloadLink(world, entry);
        const url = `${world.publicUrl}/v1/customer-portal/downloadables/${id}`;
        return {
          id: entry.id,
          benefit_id: entry.benefit_id,
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
  const { downloadLinks, downloadables, files } = world.tables;
  routes.get('/:token', (context) => {
    const link = downloadLinks.get(context.req.param('token'));
    const entry = downloadables.get(link?.downloadable_id);
    const file = files.get(link?.file_id);
    if (!link || !entry || !file) throw notFound();
    if (hasEnded(world, link)) throw problem(410, 'ResourceUnavailable', 'This download link has expired.');
    entry.downloads += 1;
    world.changed();
    return context.redirect(`${world.publicUrl}/_storage/${file.path}?signature=${link.id}`, 302);
  });
  return routes;
}
