import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Release } from '../release/open-release.ts';
import type { CloudflareApi } from './api.ts';

/** What is in the database of a deployment. */
export interface FoundDatabase {
  /** Migrations of the release that it does not have yet. */
  missing: string[];
  /** Whether anything is stored that is encrypted. */
  hasSealed: boolean;
}

/**
 * Looks into the database. @throws {CliError} when it is somebody else's, or of a newer release than this one
 */
export async function lookAtDatabase(
  api: CloudflareApi,
  accountId: string,
  databaseId: string,
  { migrations }: Pick<Release, 'migrations'>,
): Promise<FoundDatabase> {
  const read = async <Row>(sql: string): Promise<Row[]> => {
    const path = `/accounts/${accountId}/d1/database/${databaseId}/query`;
    const [answer] = await api.ask<{ results: Row[] }[]>(path, { sql });
    return answer?.results ?? [];
  };
  const tables = await read<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
  );
  const has = (table: string) => tables.some(({ name }) => name === table);
  const applied = has('d1_migrations')
    ? (await read<{ name: string }>('SELECT name FROM d1_migrations')).map(({ name }) => name)
    : [];
  const others = applied.filter((name) => !migrations.includes(name));
  const isEmpty = tables.every(({ name }) => name === 'd1_migrations') && applied.length === 0;
  if (!isEmpty && !applied.includes(migrations[0] ?? ''))
    throw new CliError(EXIT.failed, 'The D1 database floe is in use for something else.', {
      hint: 'Floe’s database has to have this name. Deploy to another account of Cloudflare, or give the other database another name.',
    });
  if (others.length > 0)
    throw new CliError(
      EXIT.failed,
      `The gateway is newer than this release: its database has had ${others.join(', ')}.`,
      { hint: 'Use the newest version: npx floe@latest.' },
    );
  return {
    missing: migrations.filter((name) => !applied.includes(name)),
    hasSealed:
      has('polar_events') &&
      has('endpoints') &&
      (
        await read<{ sealed: number }>(
          'SELECT EXISTS (SELECT 1 FROM polar_events) OR EXISTS (SELECT 1 FROM endpoints) AS sealed',
        )
      )[0]?.sealed === 1,
  };
}
