import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { GATEWAY_URL } from '../harness/bindings.ts';
import { ORIGIN } from './access-rows.ts';
import { fastPath, generalPath, openStories, type Place, seedPlace, stepsAt } from './fast-path.ts';

/*
 * The fast path of `GET /v1/access` is the route with other means: whatever is asked, and whatever is remembered, stored and
 * away by then, it gives the same answer or leaves the question to the route.
 */

/** How many questions are compared. */
const QUESTIONS = Number(env.TEST_RUNS) * 150;
/** Somewhat fewer than a story has on average, so that there are enough. */
const QUESTIONS_PER_STORY = 5.5;

let place: Place;
let stories: ReturnType<typeof openStories>;

beforeAll(async () => {
  place = await seedPlace();
  stories = openStories(place);
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Compares a way with the route in as many stories as are needed for so many questions. */
async function compare(way: typeof fastPath, questions: number) {
  const seen = { questions: 0, answered: 0, yes: 0, no: 0, refused: 0, unavailable: 0 };
  const result = await fc.check(
    fc.asyncProperty(stepsAt(place), async (steps) => {
      const given = await stories.tell(steps, way);
      const expected = await stories.tell(steps, generalPath);
      seen.questions += given.length;
      for (const [at, answer] of given.entries()) {
        if (!answer) continue;
        expect(answer).toEqual(expected[at]);
        seen.answered += 1;
        if (answer.status === 503) seen.unavailable += 1;
        else if (answer.status !== 200) seen.refused += 1;
        else if (answer.body.includes('"allow":true')) seen.yes += 1;
        else seen.no += 1;
      }
    }),
    { numRuns: Math.ceil(questions / QUESTIONS_PER_STORY) },
  );
  return { seen, result };
}

test(
  `the fast path and the route agree on ${QUESTIONS} generated questions`,
  async () => {
    const { seen, result } = await compare(fastPath, QUESTIONS);
    if (result.failed) throw new Error(fc.defaultReportMessage(result) ?? 'they differ');
    console.log('what was asked:', seen);
    expect(seen.questions).toBeGreaterThanOrEqual(QUESTIONS);
    // Else it has left everything to the route, and nothing has been shown.
    expect(seen.answered).toBeGreaterThan(seen.questions / 3);
    expect(Math.min(seen.yes, seen.no, seen.refused, seen.unavailable)).toBeGreaterThan(seen.questions / 100);
  },
  60_000 + QUESTIONS * 10,
);

test('what is plainly asked is answered by the fast path, and all else left to the route', async () => {
  const key = place.authorizations[0] ?? '';
  const isAnswered = async (
    more: string,
    init: { method?: string; headers?: Record<string, string> } = {},
  ) => {
    const url = `${GATEWAY_URL}/v1/access?resource=content:blog/soon&customer=${place.customers[0]}${more}`;
    const request = { kind: 'ask' as const, method: 'GET', headers: { authorization: key }, ...init };
    const [answer] = await stories.tell(
      [{ ...request, url, headers: Object.entries(request.headers) }],
      fastPath,
    );
    return answer !== undefined;
  };
  for (const more of ['', '&max_age=0', '&max_age=86400', `&member=${place.members[0]}`])
    expect([more, await isAnswered(more)]).toEqual([more, true]);
  const odd = ['&&&', '&x=1', '&max_age=1&max_age=1', '&max_age=86401', '&max_age=', '&member=x'];
  for (const more of odd) expect([more, await isAnswered(more)]).toEqual([more, false]);
  expect(await isAnswered('', { method: 'HEAD' })).toBe(false);
  expect(await isAnswered('', { headers: {} })).toBe(false);
  expect(await isAnswered('', { headers: { authorization: key, origin: ORIGIN } })).toBe(false);
  expect(await isAnswered('', { headers: { authorization: key.toLowerCase() } })).toBe(false);
});

const doctored: Record<string, () => typeof fastPath> = {
  'a header is missing': () => async (request, bindings, context) => {
    const response = await fastPath(request, bindings, context);
    response?.headers.delete('referrer-policy');
    return response;
  },
  'an answer is remembered although its key, token or time is over': () => {
    const kept = new Map<string, Response>();
    return async (request, bindings, context) => {
      const key = `${request.headers.get('authorization')} ${request.url}`;
      const response = kept.get(key)?.clone() ?? (await fastPath(request, bindings, context));
      if (response?.status === 200) kept.set(key, response.clone());
      return response;
    };
  },
  'a `max_age` of zero is overlooked': () => (request, bindings, context) =>
    fastPath(new Request(request.url.replace('max_age=0', 'max_age=9'), request), bindings, context),
};

test.each(Object.keys(doctored))('the comparison notices when %s', async (name) => {
  const { result } = await compare(doctored[name]?.() ?? fastPath, 3_000);
  expect(result.failed).toBe(true);
});
