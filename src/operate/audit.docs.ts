import { document } from '../http/route-docs.ts';
import { auditEntryList } from './audit.answers.ts';
import { getAudit } from './audit.routes.ts';

export const auditDocs = document([
  [
    getAudit,
    {
      id: 'listAuditEntries',
      tag: 'Audit log',
      summary: 'Who changed what',
      description:
        'Newest first, kept for a year. `actor` is `operator`, `app` (then `key` is the id of the key that it called with), `gateway` or `schedule`, for what the gateway does by itself. `before` and `after` have the settings that a change has changed, `detail` what was asked for. Nothing in it is a secret or personal. With `actor`, `action` or `key` a page may have fewer entries than `limit`, or none: go on while `next_cursor` is set.',
      responses: { 200: { description: 'Lines of the audit log', schema: auditEntryList } },
    },
  ],
]);
