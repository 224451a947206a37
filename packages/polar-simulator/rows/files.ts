/** Files and what it takes to upload and download them. */

import type { models } from '@polar-sh/sdk/2026-10';

export interface FileRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  name: string;
  path: string;
  mime_type: string;
  size: number;
  storage_version: string | null;
  checksum_etag: string | null;
  checksum_sha256_base64: string | null;
  checksum_sha256_hex: string | null;
  last_modified_at: string | null;
  version: string | null;
  service: models.FileServiceTypes;
  is_uploaded: boolean;
  deleted_at: string | null;
  upload_id: string;
  parts: FilePart[];
}

export interface FilePart {
  number: number;
  chunk_start: number;
  chunk_end: number;
  checksum_sha256_base64: string | null;
  /** What makes the URL of this part work. */
  signature: string;
  expires_at: string;
  /** null until it was put. */
  etag: string | null;
  /** Base64, so that a snapshot is JSON. */
  content: string;
}

/** A file that a customer, or one member, has by a benefit: once, however many grants of it there are. */
export interface DownloadableRow {
  id: string;
  created_at: string;
  customer_id: string;
  member_id: string | null;
  benefit_id: string;
  file_id: string;
  downloads: number;
}

/** A link to a file of one customer's: good for an hour, without credentials, and not checked again. */
export interface DownloadLinkRow {
  id: string;
  downloadable_id: string;
  file_id: string;
  expires_at: string;
}
