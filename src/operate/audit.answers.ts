import * as z from 'zod/mini';
import { list, timestamp } from '../http/shapes.ts';

const settings = z.nullable(z.record(z.string(), z.unknown()));

/** A line of the audit log. Actors and actions are no enums: a client that is older than one of them reads it all the same. */
export const auditEntry = z.object({
  id: z.string(),
  actor: z.string(),
  key: z.nullable(z.string()),
  action: z.string(),
  app: z.nullable(z.string()),
  target: z.nullable(z.string()),
  before: settings,
  after: settings,
  detail: settings,
  request_id: z.nullable(z.string()),
  created_at: timestamp,
});
export type AuditEntryView = z.output<typeof auditEntry>;
export const auditEntryList = list(auditEntry);
