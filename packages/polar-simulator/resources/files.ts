/** `/v1/files`: announced, put in parts to presigned addresses, completed (facts §8). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid, invalidAll } from '../http/errors.ts';
import { readBody } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import { completeFile } from '../life/storage.ts';
import { token } from '../random.ts';
import type { FileRow } from '../state.ts';
import { HOUR_MS, isoFromMs } from '../time.ts';
import { fileBaseToWire, fileToWire } from '../wire/file.ts';
import type { World } from '../world.ts';

const PARTS_MAX = 10_000;
const MEGABYTE = 1024 * 1024;
const SIZE_MAX: Record<FileRow['service'], number> = {
  downloadable: 10 * 1024 * MEGABYTE,
  product_media: 10 * MEGABYTE,
  organization_avatar: MEGABYTE,
  support_case_attachment: 250 * MEGABYTE,
};
const IMAGES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/svg+xml']);

const position = z.number().int().min(0);

const createBody = z.object({
  name: z.string().min(1),
  mime_type: z.string().min(1),
  size: z.number().int().min(0),
  checksum_sha256_base64: z.string().nullish(),
  service: z.enum(['downloadable', 'product_media', 'organization_avatar', 'support_case_attachment']),
  version: z.string().nullish(),
  upload: z.object({
    parts: z
      .array(
        z.object({
          number: z.number().int().min(1),
          chunk_start: position,
          chunk_end: position,
          checksum_sha256_base64: z.string().nullish(),
        }),
      )
      .min(1)
      .max(PARTS_MAX),
  }),
});

const completedBody = z.object({
  id: z.string(),
  path: z.string(),
  parts: z.array(
    z.object({
      number: z.number().int(),
      checksum_etag: z.string(),
      checksum_sha256_base64: z.string().nullable(),
    }),
  ),
});

const updateBody = z.object({ name: z.string().min(1).nullish(), version: z.string().nullish() });

export function fileRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { files } = world.tables;

  const { list, find } = collection({
    ownedBy: theOrganization,
    table: files,
    isThere: (row) => !row.deleted_at,
    // A file is listed once its upload is complete.
    isListed: (row) => row.is_uploaded,
    filters: { ids: (row) => row.id },
    sorters: fields('created_at'),
    toWire: (row) => fileToWire(world, row),
  });

  routes.get('/', list);

  routes.post('/', async (context) => {
    const body = await readBody(context, createBody);
    check(body);
    const id = world.id();
    const expires_at = isoFromMs(world.now() + HOUR_MS);
    const path = `${body.service}/${context.var.organization.id}/${id}/${encodeURIComponent(body.name)}`;
    const file = files.insert({
      id,
      created_at: world.stamp(),
      modified_at: null,
      organization_id: context.var.organization.id,
      name: body.name,
      path,
      mime_type: body.mime_type,
      size: body.size,
      storage_version: null,
      checksum_etag: null,
      checksum_sha256_base64: body.checksum_sha256_base64 ?? null,
      checksum_sha256_hex: null,
      last_modified_at: null,
      version: body.version ?? null,
      service: body.service,
      is_uploaded: false,
      deleted_at: null,
      upload_id: token(world.random, ''),
      parts: body.upload.parts.map((part) => ({
        ...part,
        checksum_sha256_base64: part.checksum_sha256_base64 ?? null,
        signature: token(world.random, ''),
        expires_at,
        etag: null,
        content: '',
      })),
    });
    world.changed();
    return context.json({ ...fileBaseToWire(file), upload: uploadToWire(world, file) }, 201);
  });

  routes.post('/:id/uploaded', async (context) => {
    const file = find(context);
    const body = await readBody(context, completedBody);
    if (body.id !== file.upload_id) throw invalid(['body', 'id'], 'Unknown upload.', body.id);
    if (body.path !== file.path) throw invalid(['body', 'path'], 'Unknown path.', body.path);
    for (const part of file.parts) {
      const index = body.parts.findIndex((each) => each.number === part.number);
      const told = body.parts[index];
      if (!told) throw invalid(['body', 'parts'], `Part ${part.number} is missing.`);
      if (part.etag === null || bare(told.checksum_etag) !== bare(part.etag)) {
        throw invalid(
          ['body', 'parts', index, 'checksum_etag'],
          'This is not the ETag of the uploaded part.',
          told.checksum_etag,
        );
      }
    }
    await completeFile(world, file);
    return context.json(fileToWire(world, file));
  });

  routes.patch('/:id', async (context) => {
    const file = find(context);
    const body = await readBody(context, updateBody);
    file.name = body.name ?? file.name;
    if (body.version !== undefined) file.version = body.version;
    world.touch(file);
    return context.json(fileToWire(world, file));
  });

  routes.delete('/:id', (context) => {
    const file = find(context);
    file.deleted_at = world.stamp();
    world.touch(file);
    return context.body(null, 204);
  });

  return routes;
}

const bare = (etag: string): string => etag.replaceAll('"', '');

function check(body: z.output<typeof createBody>): void {
  const most = SIZE_MAX[body.service];
  if (body.size > most) {
    throw invalidAll([
      {
        type: 'less_than_equal',
        loc: ['body', body.service, 'size'],
        msg: `Input should be less than or equal to ${most}`,
        input: body.size,
      },
    ]);
  }
  const isImage = body.service === 'product_media' || body.service === 'organization_avatar';
  if (isImage && !IMAGES.has(body.mime_type)) {
    throw invalid(['body', body.service, 'mime_type'], 'Input should be an image type', body.mime_type);
  }
}

function uploadToWire(world: World, file: FileRow) {
  return {
    id: file.upload_id,
    path: file.path,
    parts: file.parts.map((part) => ({
      number: part.number,
      chunk_start: part.chunk_start,
      chunk_end: part.chunk_end,
      checksum_sha256_base64: part.checksum_sha256_base64,
      url: `${world.publicUrl}/_storage/${file.path}?partNumber=${part.number}&signature=${part.signature}`,
      expires_at: part.expires_at,
      headers:
        part.checksum_sha256_base64 === null
          ? {}
          : {
              'x-amz-checksum-sha256': part.checksum_sha256_base64,
              'x-amz-sdk-checksum-algorithm': 'SHA256',
            },
    })),
  };
}
