import { describe, expect, test } from 'vitest';
import { wantsJson } from '../../src/http/wants-json.rules.ts';

describe('JSON is wanted', () => {
  test.each([
    'application/json',
    'Application/JSON; q=0.9',
    'text/html, application/json',
    'text/html,application/json,*/*',
  ])('by %j', (accept) => expect(wantsJson(accept)).toBe(true));
  test.each([undefined, '', '*/*', 'text/html,*/*;q=0.8', 'application/jsonl', 'application/problem+json'])(
    'not by %j',
    (accept) => expect(wantsJson(accept)).toBe(false),
  );
});
