import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';

/* What the routes of downloads answer. */

/** A file that a customer may download. */
export const download = z.object({
  id: z.string(),
  name: z.string(),
  /** Bytes. */
  size: z.int(),
  mime_type: z.string(),
  sha256: z.nullable(z.string()),
  version: z.nullable(z.string()),
  benefit_id: z.string(),
  is_archived: z.boolean(),
});
export type DownloadView = z.output<typeof download>;
export const downloadList = list(download);

export const downloadAddress = z.object({ url: z.string(), expires_at: timestamp });
export type DownloadAddressView = z.output<typeof downloadAddress>;

/** A file of the app's, and how often it was downloaded. */
export const countedFile = z.object({
  id: z.string(),
  name: z.string(),
  size: z.int(),
  version: z.nullable(z.string()),
  benefit_id: z.string(),
  downloads: z.int(),
  first_downloaded_at: timestamp,
  last_downloaded_at: timestamp,
});
export type CountedFileView = z.output<typeof countedFile>;
export const countedFileList = list(countedFile);

/** One time that a file was downloaded. */
export const notedDownload = z.object({
  id: z.string(),
  customer_id: z.string(),
  member_id: z.nullable(z.string()),
  benefit_id: z.string(),
  created_at: timestamp,
});
export type NotedDownloadView = z.output<typeof notedDownload>;
export const notedDownloadList = list(notedDownload);
