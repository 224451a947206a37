import type { Context } from '../../context.ts';
import { openGateway } from '../../gateway/client.ts';
import type { Key } from '../../gateway/operator-api.ts';
import type { Column } from '../../terminal/table.ts';

/** Prints the keys of an app: the end of each, never the key. */
export async function listKeys(context: Context, app: string): Promise<void> {
  const gateway = await openGateway(context);
  const { data } = await gateway.asOperator()('GET /admin/apps/{app}/keys', { params: { app } });
  const now = context.now();
  const columns: Column<Key>[] = [
    { title: 'key', text: ({ id }) => id, keep: true },
    { title: 'name', text: ({ name }) => name },
    { title: 'ends in', text: ({ hint }) => `…${hint}` },
    {
      title: 'may do',
      text: mayDo,
    },
    {
      title: 'state',
      text: (key) => stateOf(key, now),
      colour: (key) =>
        stateOf(key, now) === 'revoked' || stateOf(key, now) === 'expired' ? 'dim' : undefined,
    },
  ];
  context.out.table(data, columns, { empty: `${app} has no key.` });
}

function mayDo({ kind, scopes }: Key): string {
  return kind === 'publishable' ? 'what is public' : (scopes?.join(', ') ?? 'everything');
}

/** What matters most of a key's life. */
function stateOf({ revoked_at, expires_at, last_used_at }: Key, now: number): string {
  if (revoked_at !== null) return 'revoked';
  if (expires_at !== null && Date.parse(expires_at) <= now) return 'expired';
  return last_used_at === null ? 'never used' : `used ${last_used_at.slice(0, 10)}`;
}
