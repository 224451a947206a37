import * as z from 'zod/mini';
import { AUDIT_ACTIONS, AUDIT_ACTORS } from '../base/audit-actions.rules.ts';
import { type App, defineRoute, mount } from '../http/route.ts';
import { createdRange, line, page, readInstant } from '../http/shapes.ts';
import { listAudit } from './list-audit.ts';

export const getAudit = defineRoute({
  method: 'get',
  path: '/admin/audit',
  auth: ['operator'],
  query: z.strictObject({
    actor: z.optional(z.enum(AUDIT_ACTORS, `Must be one of ${AUDIT_ACTORS.join(', ')}.`)),
    action: z.optional(z.enum(AUDIT_ACTIONS, `Must be one of ${AUDIT_ACTIONS.join(', ')}.`)),
    app: z.optional(line(80)),
    target: z.optional(line(100)),
    key: z.optional(line(64)),
    ...createdRange,
    ...page,
  }),
});

export function mountAudit(app: App): void {
  mount(app, getAudit, async (c, { query: { created_after, created_before, ...rest } }) =>
    c.json(
      await listAudit(c.get('services'), {
        ...rest,
        since: readInstant(created_after),
        until: readInstant(created_before),
      }),
    ),
  );
}
