/**
 * Whether an event's `type` matches `pattern`, both given as SQL: the type itself, a group such as `payment.*`, or `*`.
 * It uses neither GLOB nor LIKE, since D1 refuses their patterns above 50 bytes, and with them the whole batch.
 */
export function wantsType(pattern: string, type: string): string {
  return `(${pattern} = '*' or ${pattern} = ${type}
    or (substr(${pattern}, -2) = '.*' and substr(${type}, 1, length(${pattern}) - 1) = substr(${pattern}, 1, length(${pattern}) - 1)))`;
}

/** Values of JSON are compared within their kind: `1` is `1.0`, and neither is `"1"`. `type`: as `json_type` says it. */
const kindOf = (type: string) => `iif(${type} in ('integer', 'real'), 'number', ${type})`;

/**
 * Whether the event with this `body` is what an endpoint asks for by its content, both given as SQL; `matches`: JSON as
 * base/event-matches.rules.ts has it, or null. A field that is not there meets no condition but `not` and `exists: false`. Paths
 * are checked when they are saved, so that nothing in them is more than a name to SQLite.
 */
export function wantsContent(matches: string, body: string): string {
  const path = "'$.data.' || field.key";
  const [found, foundType] = [`(${body} ->> (${path}))`, `json_type(${body}, ${path})`];
  const isLike = (type: string) => `${kindOf(foundType)} = ${kindOf(type)}`;
  const is = (value: string, type: string) => `(${isLike(type)} and ${found} = ${value})`;
  const compared = (operator: string) => `(${isLike('asked.type')} and ${found} ${operator} asked.value)`;
  return `not exists (
    select 1 from json_each(${matches}) as field, json_each(field.value) as asked
    where not coalesce(case asked.key
      when 'eq' then ${is('asked.value', 'asked.type')}
      when 'not' then not coalesce(${is('asked.value', 'asked.type')}, false)
      when 'in' then exists (select 1 from json_each(asked.value) as one where ${is('one.value', 'one.type')})
      when 'gt' then ${compared('>')}
      when 'gte' then ${compared('>=')}
      when 'lt' then ${compared('<')}
      when 'lte' then ${compared('<=')}
      when 'exists' then asked.value = coalesce(${foundType} <> 'null', false)
    end, false))`;
}
