/** `/_storage`: what presigned addresses lead to (facts §8). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { queryOf } from '../http/input.ts';
import { contentOf, hasEnded, storePart } from '../life/storage.ts';
import type { FileRow } from '../state.ts';
import type { World } from '../world.ts';

/** The storage behind presigned addresses: no credentials, the signature is one. */
export function storageRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { files, downloadLinks } = world.tables;
  const refuse = (code: string): Response =>
    new Response(`<Error><Code>${code}</Code></Error>`, {
      status: code === 'BadDigest' ? 400 : 403,
      headers: { 'content-type': 'application/xml' },
    });
  const find = (path: string): FileRow | undefined =>
    files.by('path', path.replace(/^\/_storage\/(public\/)?/, ''))[0];
  const answer = (file: FileRow, disposition: 'inline' | 'attachment'): Response =>
    new Response(contentOf(file), {
      headers: {
        'content-type': file.mime_type,
        'content-disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      },
    });

  routes.put('/*', async (context) => {
    const query = queryOf(context);
    const file = find(new URL(context.req.url).pathname);
    const part = file?.parts.find((each) => String(each.number) === query.get('partNumber'));
    if (!file || !part || part.signature !== query.get('signature')) return refuse('SignatureDoesNotMatch');
    if (Date.parse(part.expires_at) <= world.now()) return refuse('AccessDenied');
    const needsChecksum = part.checksum_sha256_base64 !== null;
    if (needsChecksum && context.req.header('x-amz-checksum-sha256') !== part.checksum_sha256_base64) {
      return refuse('SignatureDoesNotMatch');
    }
    if (!(await storePart(part, new Uint8Array(await context.req.arrayBuffer())))) return refuse('BadDigest');
    world.changed();
    return context.body(null, 200, { etag: part.etag ?? '' });
  });

  routes.get('/public/*', (context) => {
    const file = find(new URL(context.req.url).pathname);
    const isPublic = file?.service === 'product_media' || file?.service === 'organization_avatar';
    return file?.is_uploaded && isPublic ? answer(file, 'inline') : refuse('AccessDenied');
  });

  routes.get('/*', (context) => {
    const file = find(new URL(context.req.url).pathname);
    const link = downloadLinks.get(queryOf(context).get('signature'));
    if (!file || link?.file_id !== file.id || hasEnded(world, link)) return refuse('AccessDenied');
    return answer(file, 'attachment');
  });

  return routes;
}
