import { expect, test } from 'vitest';
import { parseDuration, parseMoment } from '../../packages/floe/durations.rules.ts';

test('a duration is a number with its unit', () => {
  expect(['90s', '15m', '24h', '7d', '0s'].map(parseDuration)).toEqual([90, 900, 86_400, 604_800, 0]);
  for (const text of ['', '7', '7 d', '-7d', '1.5h', '7w', 'd', '99999999d'])
    expect(parseDuration(text), text).toBeUndefined();
});

test('a moment is so long from now, a day, or a time with its zone', () => {
  const now = Date.UTC(2027, 0, 30, 12);
  expect(parseMoment('30d', now)).toBe('2027-03-01T12:00:00.000Z');
  expect(parseMoment('2h', now, 'ago')).toBe('2027-01-30T10:00:00.000Z');
  expect(parseMoment('2027-12-31', now)).toBe('2027-12-31');
  expect(parseMoment('2027-12-31T12:00:00+01:00', now)).toBe('2027-12-31T12:00:00+01:00');
  for (const text of ['tomorrow', '2027-13-01', '2027-12-31T12:00', '12/31/2027', ''])
    expect(parseMoment(text, now), text).toBeUndefined();
});
