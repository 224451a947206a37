import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { OUTSIDE_CODES } from '../../packages/floe/commands/doctor/finding.rules.ts';
import { exampleGateway, GATEWAY, type Given, problem, TOKENS } from './example-gateway.ts';
import { runFloe, session } from './harness.ts';

const FOUND = examples['GET /admin/doctor']['200'];
const WELL = { ...FOUND, status: 'ok', data: [] };
const [DISABLED, WITHOUT_APP] = FOUND.data;
const UNKNOWN = {
  ...DISABLED,
  severity: 'unknown',
  detail: 'It could not be checked. Polar cannot be reached.',
  mend: 'npx floe doctor',
  fixable: false,
};
const answers = (...given: object[]): Record<string, Given[]> => ({
  'GET /admin/doctor': given.map((body) => ({ body })),
});

test('one session of each kind', async () => {
  const one = (typed: string, given: Record<string, Given[]>) =>
    session(typed, { fetch: exampleGateway(given).fetch, env: TOKENS });
  const away = { ...FOUND, data: [UNKNOWN, { ...UNKNOWN, code: 'polar_endpoint_missing' }, WITHOUT_APP] };
  const local = {
    ...WELL,
    not_applicable: [{ code: 'mail_domain_unusable', mode: null, why: 'Mail is kept here, and not sent.' }],
  };
  const pages = [
    await one('doctor', answers(WELL)),
    await one('doctor', answers(local)),
    await one('doctor --quiet', answers(WELL)),
    await one('doctor', answers(FOUND)),
    await one('doctor --mode live', answers(FOUND)),
    await one('doctor --fix', answers(FOUND, { ...FOUND, data: [WITHOUT_APP] })),
    await one('doctor --fix --ignore mode_without_app', answers(FOUND, WELL)),
    await one('doctor --ignore mode_without_app', answers({ ...FOUND, data: [WITHOUT_APP] })),
    await one('doctor', answers(away)),
    await one('doctor', {
      'GET /health': [problem(503, 'unavailable', 'Configuration: FLOE_ADMIN_TOKEN is not set.')],
    }),
  ];
  await expect(pages.join('\n')).toMatchFileSnapshot('golden/doctor.txt');
});

test('a program is told everything as JSON, with the exit code', async () => {
  const found = await runFloe(['doctor', '--json'], {
    fetch: exampleGateway(answers(FOUND)).fetch,
    env: TOKENS,
  });
  expect(found.code).toBe(1);
  expect(JSON.parse(found.stdout)).toEqual({
    ...FOUND,
    checked: [...OUTSIDE_CODES, ...FOUND.checked],
    ignored: [],
  });
  const well = await runFloe(['doctor', '--json'], {
    fetch: exampleGateway(answers(WELL)).fetch,
    env: TOKENS,
  });
  expect([well.code, JSON.parse(well.stdout).status]).toEqual([0, 'ok']);
});

test('--fix asks for what can be mended and is not ignored, in the mode that is named', async () => {
  const { fetch, asked } = exampleGateway(answers(FOUND, WELL));
  const { code } = await runFloe(['doctor', '--fix', '--mode', 'sandbox'], { fetch, env: TOKENS });
  expect(code).toBe(0);
  expect(asked.filter(({ line }) => line.startsWith('POST')).map(({ line, body }) => [line, body])).toEqual([
    ['POST /admin/doctor/fix', { codes: ['polar_endpoint_disabled'], mode: 'sandbox' }],
  ]);
  const ignoring = exampleGateway(answers(FOUND));
  await runFloe(['doctor', '--fix', '--ignore', 'polar_endpoint_disabled'], {
    fetch: ignoring.fetch,
    env: TOKENS,
  });
  expect(ignoring.asked.filter(({ line }) => line.startsWith('POST'))).toEqual([]);
});

test('what failed to be mended is said, and stays found', async () => {
  const { fetch } = exampleGateway({
    ...answers(FOUND),
    'POST /admin/doctor/fix': [
      {
        body: {
          data: [
            { code: 'polar_endpoint_disabled', mode: 'sandbox', outcome: 'failed', detail: 'Polar said no.' },
          ],
        },
      },
    ],
  });
  const { code, stdout, stderr } = await runFloe(['doctor', '--fix'], { fetch, env: TOKENS });
  expect(code).toBe(1);
  expect(stderr).toContain('polar_endpoint_disabled was not mended: Polar said no.');
  expect(stdout).toContain('polar_endpoint_disabled');
});

test('what others wrote does not reach the terminal as it is', async () => {
  const evil = { ...WITHOUT_APP, detail: 'The product “\u001b]0;title\u0007\u202egpj” is nobody’s.' };
  const { stdout } = await runFloe(['doctor'], {
    fetch: exampleGateway(answers({ ...FOUND, data: [evil] })).fetch,
    env: TOKENS,
  });
  // oxlint-disable-next-line no-control-regex -- they must not be there
  expect(stdout).not.toMatch(/[\u001b\u0007\u202e]/);
});

/* What only the outside can see. Each fault has a test with its code, as each of the gateway's has. */

interface Fault {
  fetch?: typeof fetch;
  gateway?: string;
  now?: number;
  says: RegExp;
}

const codesOf = (stdout: string): string[] =>
  (JSON.parse(stdout) as { data: { code: string }[] }).data.map(({ code }) => code);

function fault(code: (typeof OUTSIDE_CODES)[number], title: string, plant: () => Promise<Fault>): void {
  test(`${code}: ${title}`, async () => {
    const { gateway = GATEWAY, fetch = exampleGateway(answers(WELL)).fetch, now, says } = await plant();
    const { code: exit, stdout } = await runFloe(['doctor', '--json'], {
      fetch,
      env: { ...TOKENS, FLOE_GATEWAY: gateway },
      ...(now === undefined ? {} : { now }),
    });
    expect([exit, codesOf(stdout)]).toEqual([1, [code]]);
    const [finding] = (JSON.parse(stdout) as { data: { detail: string; mend: string }[] }).data;
    expect(finding?.detail).toMatch(says);
    expect(finding?.mend).toMatch(/\w/);
    expect(stdout).not.toContain(TOKENS.FLOE_ADMIN_TOKEN);
  });
}

const health = (given: Given) => exampleGateway({ ...answers(WELL), 'GET /health': [given] }).fetch;
const NOW = Date.UTC(2027, 5, 15, 12);

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('from outside', () => {
  fault('gateway_unknown_name', 'the domain is not there', () =>
    Promise.resolve({ fetch, gateway: 'https://pay.floe.invalid', says: /pay\.floe\.invalid is not found/ }),
  );
  fault('gateway_unreachable', 'nothing listens', () =>
    Promise.resolve({ fetch, gateway: 'http://127.0.0.1:9', says: /127\.0\.0\.1:9/ }),
  );
  fault('gateway_tls', 'it does not speak TLS', async () => {
    const port = await listen(createServer((_, response) => void response.end()));
    return {
      fetch,
      gateway: `https://127.0.0.1:${port}`,
      says: /certificate of 127\.0\.0\.1 is not accepted/,
    };
  });
  fault('gateway_redirects', 'to www', () =>
    Promise.resolve({
      fetch: health({ status: 301, headers: { location: 'https://www.example.com/health?token=secret' } }),
      says: /redirect \(301\) to https:\/\/www\.example\.com\. /,
    }),
  );
  fault('gateway_other_address', 'FLOE_URL is another one', () =>
    Promise.resolve({
      fetch: health(
        problem(421, 'misdirected_request', 'This gateway answers at https://floe.example.com only.'),
      ),
      says: /https:\/\/floe\.example\.com only/,
    }),
  );
  fault('gateway_settings', 'several are wrong', () =>
    Promise.resolve({
      fetch: health(
        problem(503, 'unavailable', 'Configuration: FLOE_ADMIN_TOKEN is not set. FLOE_URL must use https.'),
      ),
      says: /^FLOE_ADMIN_TOKEN is not set\. FLOE_URL must use https\.$/,
    }),
  );
  fault('gateway_foreign', 'a login stands before it', () =>
    Promise.resolve({ fetch: health({ status: 200, body: '<html>Sign in</html>' }), says: /answers 200/ }),
  );
  fault('operator_token_refused', 'it was replaced', () =>
    Promise.resolve({
      fetch: exampleGateway({ 'GET /admin/doctor': [problem(401, 'unauthorized', 'The key is unknown.')] })
        .fetch,
      says: /was replaced/,
    }),
  );
  fault('own_clock_differs', 'this machine’s is an hour ahead', () =>
    Promise.resolve({
      fetch: health({
        body: examples['GET /health']['200'],
        headers: { date: new Date(NOW - 3_600_000).toUTCString() },
      }),
      now: NOW,
      says: /3599 seconds ahead of/,
    }),
  );
  fault('version_differs', 'the gateway was not upgraded', () =>
    Promise.resolve({
      fetch: exampleGateway(answers({ ...WELL, version: '0.0.9' })).fetch,
      says: /is 0\.0\.9/,
    }),
  );
});
