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

/** A link to a file for one customer: good for an hour, without credentials. */
export interface DownloadRow {
  id: string;
  file_id: string;
  customer_id: string;
  expires_at: string;
  downloads: number;
}
