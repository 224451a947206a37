import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import type { App } from '../../gateway/operator-api.ts';
import type { Column } from '../../terminal/table.ts';

const COLUMNS: readonly Column<App>[] = [
  { title: 'app', text: (app) => app.slug, keep: true },
  { title: 'name', text: (app) => app.name },
  { title: 'mode', text: (app) => app.mode, colour: (app) => (app.mode === 'live' ? 'green' : 'yellow') },
  { title: 'origins', text: (app) => app.origins.join(', ') },
  { title: 'created', text: (app) => app.created_at.slice(0, 10) },
];

/** Prints all apps of the gateway. */
export async function listApps(context: Context): Promise<void> {
  const gateway = await openGateway(context);
  const { data } = await gateway.asOperator()('GET /admin/apps');
  context.out.table(data, COLUMNS, {
    empty: 'There is no app yet. floe apps create --help says how to make one.',
  });
}
