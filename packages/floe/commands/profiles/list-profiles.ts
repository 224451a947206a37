import type { Context } from '../../context.ts';
import { readProfiles } from '../../profiles/profile-file.ts';
import type { Column } from '../../terminal/table.ts';

interface Row {
  name: string;
  in_use: boolean;
  gateway: string;
  has_admin_token: boolean;
  secret_keys_of: string[];
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'profile', text: ({ name }) => name, keep: true },
  { title: 'in use', text: ({ in_use }) => (in_use ? 'yes' : 'no') },
  { title: 'gateway', text: ({ gateway }) => gateway },
  { title: 'operator', text: ({ has_admin_token }) => (has_admin_token ? 'yes' : 'no') },
  { title: 'keys of', text: ({ secret_keys_of }) => secret_keys_of.join(', ') },
];

/** Prints the kept profiles, and of their tokens only whether they are there. */
export async function listProfiles(context: Context): Promise<void> {
  const { inUse, profiles } = await readProfiles(context);
  const rows = Object.entries(profiles).map(([name, { gateway, adminToken, secretKeys }]) => ({
    name,
    in_use: name === inUse,
    gateway,
    has_admin_token: adminToken !== undefined,
    secret_keys_of: Object.keys(secretKeys),
  }));
  context.out.table(rows, COLUMNS, { empty: 'There is no profile yet: floe profiles add --help.' });
}
