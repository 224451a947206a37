/**
 * Whether an event's `type` matches `pattern`, both given as SQL: the type itself, a group such as `payment.*`, or `*`.
 * It uses neither GLOB nor LIKE, since D1 refuses their patterns above 50 bytes, and with them the whole batch.
 */
export function wantsType(pattern: string, type: string): string {
  return `(${pattern} = '*' or ${pattern} = ${type}
    or (substr(${pattern}, -2) = '.*' and substr(${type}, 1, length(${pattern}) - 1) = substr(${pattern}, 1, length(${pattern}) - 1)))`;
}
