import { type SQL, sql } from 'drizzle-orm';

/**
 * Whether an event's `type` is one that `pattern` asks for: itself, `payment.*` for all that begins so, or `*`. Compared by
 * hand: D1 refuses patterns of GLOB and LIKE above 50 bytes, and with them the whole batch they stand in.
 */
export function wantsType(pattern: SQL, type: SQL): SQL {
  return sql`(${pattern} = '*' or ${pattern} = ${type}
    or (substr(${pattern}, -2) = '.*' and substr(${type}, 1, length(${pattern}) - 1) = substr(${pattern}, 1, length(${pattern}) - 1)))`;
}
