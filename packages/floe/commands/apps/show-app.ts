import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import type { App } from '../../gateway/operator-api.ts';
import type { Field } from '../../terminal/output.ts';

/** Prints one app. */
export async function showApp(context: Context, slug: string): Promise<void> {
  const gateway = await openGateway(context);
  const app = await gateway.asOperator()('GET /admin/apps/{app}', { params: { app: slug } });
  context.out.details(app, describeApp(app));
}

/** The lines of an app. */
export function describeApp(app: App): Field[] {
  return [
    ['app', app.slug],
    ['id', app.id],
    ['name', app.name],
    ['product', app.product],
    ['mode', app.mode],
    ['origins', app.origins],
    ['callbacks', app.callback_urls],
    ['owns unclaimed products', app.owns_unclaimed],
    ['takes foreign discount codes', app.allows_foreign_codes],
    ['grace when past due', `${app.past_due_grace_days} days`],
    ['notice before an end', `${app.ending_notice_days} days`],
    ['while disputed', app.dispute_access === 'suspend' ? 'closed' : 'open'],
    ['created', app.created_at],
    ['updated', app.updated_at],
  ];
}
