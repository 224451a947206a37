/* How people write how long something takes: `90s`, `15m`, `24h`, `30d`. */

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds; undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const seconds = SECONDS[unit];
  return count === undefined || seconds === undefined ? undefined : Number(count) * seconds;
}

const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * A moment in ISO 8601: so long from `now` (milliseconds), or so long `ago`, or a date that is written so; undefined for what is none of
 * these.
 */
export function parseMoment(
  text: string,
  now: number,
  direction: 'ahead' | 'ago' = 'ahead',
): string | undefined {
  const seconds = parseDuration(text);
  if (seconds !== undefined)
    return new Date(now + (direction === 'ahead' ? seconds : -seconds) * 1_000).toISOString();
  return MOMENT.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}
