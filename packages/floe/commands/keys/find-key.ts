import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Answer, Gateway } from '../../gateway/client.ts';

type Key = Answer<'GET /admin/apps/{app}/keys'>['data'][number];

/** A key of an app. @throws {CliError} when it has none of that id */
export async function findKey(
  call: ReturnType<Gateway['asOperator']>,
  app: string,
  id: string,
): Promise<Key> {
  const { data } = await call('GET /admin/apps/{app}/keys', { params: { app } });
  const key = data.find((each) => each.id === id);
  if (!key) throw new CliError(EXIT.notFound, `${app} has no key ${id}.`, { hint: `floe keys list ${app}` });
  return key;
}

/** Which key it is, for a question: `the secret key “site” (…4QeM) of quay-live, never used`. */
export function describeKey(app: string, { kind, name, hint, last_used_at: lastUsed }: Key): string {
  return `the ${kind} key “${name}” (…${hint}) of ${app}, ${lastUsed === null ? 'never used' : `last used ${lastUsed}`}`;
}
