import { sql } from 'drizzle-orm';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { secretAges } from '../../base/db/schema.rows.ts';
import type { RotatedSetting } from '../../base/setting-pairs.ts';

/*
 * When the gateway first ran with each of its secrets. Cloudflare does not tell when a secret was set, and a rotation has to
 * know which of two is the new one.
 */

/** A secret by what does not reveal it: its key's id, or its fingerprint. */
export interface NamedSecret {
  setting: RotatedSetting;
  id: string;
}

/** Notes secrets that are new. `now`: milliseconds. */
export function noteSecrets(database: Database, secrets: readonly NamedSecret[], now: number): Statement {
  return orm(database).run(sql`
    insert into ${secretAges} (setting, id, first_seen_at)
    select value ->> 'setting', value ->> 'id', ${now} from json_each(${JSON.stringify(secrets)}) where true
    on conflict (setting, id) do nothing`);
}

/** When these secrets were first seen, milliseconds. */
export function selectAges(
  database: Database,
  secrets: readonly NamedSecret[],
): Statement<{ setting: RotatedSetting; id: string; firstSeenAt: number }[]> {
  return orm(database).all(sql`
    select a.setting, a.id, a.first_seen_at as firstSeenAt
    from json_each(${JSON.stringify(secrets)}) as s
    join ${secretAges} as a on a.setting = s.value ->> 'setting' and a.id = s.value ->> 'id'`);
}
