import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, type Given, PAID, problem, TOKENS } from './example-gateway.ts';
import { runFloe, type RunOptions } from './harness.ts';

/* What the commands for people ask of a gateway, and what they do when it refuses, or when nobody knows whether it heard. */

const PAYMENT = 'pay_01kb3z8q4yf6dvkwm2t5n9cr7e';
const SUBSCRIPTION = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const ENDPOINT = 'ep_01kb3z8q4yf6dvkwm2t5n9cr7e';

function wordsOf(typed: string): string[] {
  return typed.split(' ');
}

/** There is no example of it: nothing of the examples' shop is sold by the unit. */
const UNITS = {
  'POST /v1/subscriptions/:id/units': [{ body: examples['POST /v1/subscriptions/:id/cancel']['200'] }],
};

/** How a subscription stands of which a command can be done. */
const STATES: Readonly<Record<string, object>> = {
  uncancel: { cancel_at_period_end: true },
  resume: { status: 'paused' },
  trial: { status: 'trialing' },
};

function standing(typed: string): Record<string, readonly Given[]> {
  const body = { ...examples['GET /v1/subscriptions/:id']['200'], ...STATES[wordsOf(typed)[1] ?? ''] };
  return { ...PAID, 'GET /v1/subscriptions/:id': [{ body }] };
}

/** Runs a command beside a gateway of examples; says what was asked of it too. */
async function run(typed: string, answers: Record<string, readonly Given[]> = {}, options: RunOptions = {}) {
  const { fetch, asked } = exampleGateway({ ...UNITS, ...standing(typed), ...answers });
  const ran = await runFloe(wordsOf(typed), { fetch, env: TOKENS, ...options });
  return {
    ...ran,
    questions: ran.asked,
    asked,
    changes: asked.filter(({ line }) => !line.startsWith('GET ')),
  };
}

/** Every command that moves money or ends access, with what it sends. */
const CHANGES: readonly (readonly [typed: string, line: string, body?: unknown])[] = [
  [`payments refund ${PAYMENT}`, `POST /v1/payments/${PAYMENT}/refunds`, {}],
  [
    `payments refund ${PAYMENT} --amount 1.50 --reason duplicate --comment Twice --benefits keep --cancel-subscription now --metadata ticket=7`,
    `POST /v1/payments/${PAYMENT}/refunds`,
    {
      amount: 150,
      reason: 'duplicate',
      comment: 'Twice',
      revoke_benefits: false,
      cancel_subscription: 'now',
      metadata: { ticket: '7' },
    },
  ],
  [
    `subscriptions cancel ${SUBSCRIPTION}`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/cancel`,
    { at: 'period_end' },
  ],
  [
    `subscriptions cancel ${SUBSCRIPTION} --now --reason unused --comment Bye`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/cancel`,
    { at: 'now', reason: 'unused', comment: 'Bye' },
  ],
  [`subscriptions revoke ${SUBSCRIPTION}`, `DELETE /v1/subscriptions/${SUBSCRIPTION}`],
  [`subscriptions uncancel ${SUBSCRIPTION}`, `POST /v1/subscriptions/${SUBSCRIPTION}/uncancel`],
  [`subscriptions pause ${SUBSCRIPTION}`, `POST /v1/subscriptions/${SUBSCRIPTION}/pause`, {}],
  [
    `subscriptions pause ${SUBSCRIPTION} --resumes-at 30d`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/pause`,
    { resumes_at: '2027-07-15T12:00:00.000Z' },
  ],
  [`subscriptions resume ${SUBSCRIPTION}`, `POST /v1/subscriptions/${SUBSCRIPTION}/resume`],
  [
    `subscriptions change ${SUBSCRIPTION} --product yearly --proration invoice`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/change`,
    { product_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f60d', proration: 'invoice' },
  ],
  [`subscriptions seats ${SUBSCRIPTION} 5`, `POST /v1/subscriptions/${SUBSCRIPTION}/seats`, { seats: 5 }],
  [
    `subscriptions units ${SUBSCRIPTION} 20 --proration next_period`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/units`,
    { units: 20, proration: 'next_period' },
  ],
  [
    `subscriptions discount ${SUBSCRIPTION} none`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/discount`,
    { discount_id: null },
  ],
  [
    `subscriptions discount ${SUBSCRIPTION} ${SUBSCRIPTION}`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/discount`,
    { discount_id: SUBSCRIPTION },
  ],
  [
    `subscriptions trial ${SUBSCRIPTION} now`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/trial`,
    { trial_end: 'now' },
  ],
  [
    `subscriptions trial ${SUBSCRIPTION} 14d`,
    `POST /v1/subscriptions/${SUBSCRIPTION}/trial`,
    { trial_end: '2027-06-29T12:00:00.000Z' },
  ],
];

/** A question says which gateway it is about. */
const AT = `At ${TOKENS.FLOE_GATEWAY} (environment): `;

/** A preview asks for nothing to be changed. */
const isPreview = (line: string) => line.endsWith('/preview');

test('a time that counts from now is named as it was sent, since the key is for that one alone', async () => {
  const lost = [problem(503, 'polar_unavailable', 'Polar does not answer.')];
  const paused = await run(`subscriptions pause ${SUBSCRIPTION} --resumes-at 60d --yes`, {
    'POST /v1/subscriptions/:id/pause': lost,
  });
  expect(paused.stderr).toContain('with the time 2027-08-14T12:00:00.000Z, and it is done');
  const trial = await run(`subscriptions trial ${SUBSCRIPTION} 14d --yes`, {
    'POST /v1/subscriptions/:id/trial': lost,
  });
  expect(trial.stderr).toContain('with the time 2027-06-29T12:00:00.000Z, and it is done');
});

describe.each(CHANGES.map(([typed, line, body]) => ({ typed, line, body })))(
  '$typed',
  ({ typed, line, body }) => {
    test('changes nothing until somebody has said yes', async () => {
      const nobody = await run(typed);
      expect(nobody.code).toBe(6);
      expect(nobody.changes.filter((each) => !isPreview(each.line))).toEqual([]);
      const no = await run(typed, {}, { answers: [false] });
      expect([no.code, no.questions]).toEqual([1, [expect.stringContaining(AT)]]);
      expect(no.changes.filter((each) => !isPreview(each.line))).toEqual([]);
    });

    test('asks for what is typed, once, when they have', async () => {
      const yes = await run(`${typed} --yes`);
      expect(yes.code, yes.stderr).toBe(0);
      expect(yes.questions).toEqual([]);
      expect(yes.changes.map(({ line, body }) => [line, body])).toEqual([[line, body]]);
      const asked = await run(typed, {}, { answers: [true] });
      expect(asked.code, asked.stderr).toBe(0);
      expect(asked.changes.at(-1)).toMatchObject({ line });
    });

    test('says with which key it can be typed again, when nobody knows whether it was done', async () => {
      const route = line.replace(PAYMENT, ':id').replace(SUBSCRIPTION, ':id');
      const lost = await run(`${typed} --yes`, {
        [route]: [problem(503, 'polar_unavailable', 'Polar does not answer.')],
      });
      expect(lost.code).toBe(5);
      const keys = new Set(lost.changes.map(({ headers }) => headers.get('idempotency-key')));
      expect(keys.size).toBe(1);
      const [key] = keys;
      expect(lost.stderr).toContain(`\n--idempotency-key ${key}\n`);
      const again = await run(`${typed} --yes --idempotency-key ${key}`);
      expect(again.code).toBe(0);
      expect(again.changes.map(({ headers }) => headers.get('idempotency-key'))).toEqual([key]);
    });
  },
);

describe('a key for another try', () => {
  const refund = `payments refund ${PAYMENT} --yes`;

  test('is not said when the gateway has refused', async () => {
    const refused = await run(refund, {
      'POST /v1/payments/:id/refunds': [problem(409, 'already_refunded', 'Nothing is left.')],
    });
    expect([refused.code, refused.stderr]).toEqual([1, expect.not.stringContaining('--idempotency-key')]);
  });

  test('is said when the person interrupts', async () => {
    const interrupt = new AbortController();
    const { fetch: answer } = exampleGateway(PAID);
    const fetch: typeof globalThis.fetch = (input, init) => {
      if (new Request(input).method === 'GET' && init?.method !== 'POST') return answer(input, init);
      interrupt.abort();
      return Promise.reject(init?.signal?.reason);
    };
    const { code, stderr } = await runFloe(wordsOf(refund), { fetch, env: TOKENS, signal: interrupt.signal });
    expect([code, stderr]).toEqual([
      130,
      expect.stringMatching(/^error: Interrupted.\n[^]*--idempotency-key \S{36}\n/),
    ]);
  });

  test('is in JSON too', async () => {
    const { fetch: answer } = exampleGateway(PAID);
    const fetch: typeof globalThis.fetch = (input, init) =>
      init?.method === 'POST' ? Promise.reject(new TypeError('cut')) : answer(input, init);
    const { stderr } = await runFloe(wordsOf(`${refund} --json`), { fetch, env: TOKENS });
    expect(JSON.parse(stderr).error).toMatchObject({
      exit_code: 5,
      code: 'unreachable',
      hint: expect.stringMatching(/--idempotency-key \S{36}/),
    });
  });
});

test('a refund that has failed ends with 1, and why', async () => {
  const given = examples['GET /v1/refunds/:id']['200'];
  const { code, stderr } = await run(`payments refund ${PAYMENT} --yes`, {
    'POST /v1/payments/:id/refunds': [{ status: 201, body: given }],
  });
  expect([code, stderr]).toEqual([1, 'error: No money went back. (polar_failed)\n']);
});

test.each([
  [
    'payments list --status succeeded --kind renewal --customer external:user-1 --product yearly --order o --subscription s --discount d --metadata a=1 --metadata b=x=y --created-after 2h --created-before 2027-06-15 --sort -amount --limit 7',
    'GET /v1/payments?status=succeeded&kind=renewal&customer=external%3Auser-1&product_id=3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f60d&order_id=o&subscription_id=s&discount_id=d&metadata%5Ba%5D=1&metadata%5Bb%5D=x%3Dy&sort=-amount&created_after=2027-06-15T10%3A00%3A00.000Z&created_before=2027-06-15&limit=7',
  ],
  [
    `refunds list --status failed --payment ${PAYMENT} --created-after 1d --cursor c`,
    `GET /v1/refunds?status=failed&payment=${PAYMENT}&created_after=2027-06-14T12%3A00%3A00.000Z&limit=20&cursor=c`,
  ],
  [
    `subscriptions list --status past_due --customer c --product ${SUBSCRIPTION} --ending --renews-before 7d --created-before 7d`,
    `GET /v1/subscriptions?status=past_due&customer=c&product_id=${SUBSCRIPTION}&cancel_at_period_end=true&renews_before=2027-06-22T12%3A00%3A00.000Z&created_before=2027-06-08T12%3A00%3A00.000Z&limit=20`,
  ],
  ['subscriptions list --no-ending', 'GET /v1/subscriptions?cancel_at_period_end=false&limit=20'],
  [
    `events list --type payment.succeeded --payment ${PAYMENT}`,
    `GET /v1/events?type=payment.succeeded&payment=${PAYMENT}&limit=20`,
  ],
  [
    `deliveries list --status failed --endpoint ${ENDPOINT} --event e --type payment.* --created-after 30m`,
    `GET /v1/deliveries?status=failed&endpoint=${ENDPOINT}&event=e&type=payment.*&created_after=2027-06-15T11%3A30%3A00.000Z&limit=20`,
  ],
  [
    'polar-events list --mode live --status failed --type order.paid --created-before 2027-01-01',
    'GET /admin/polar-events?mode=live&status=failed&type=order.paid&created_before=2027-01-01&limit=20',
  ],
  ['reconcile list --mode live', 'GET /admin/reconcile?mode=live&limit=20'],
])('%s asks by each filter', async (typed, line) => {
  const { code, stderr, asked } = await run(typed);
  expect(code, stderr).toBe(0);
  expect(asked.map((each) => each.line).find((each) => each !== 'GET /v1/products')).toBe(line);
});

test('what is created and started is asked for as it is typed', async () => {
  const created = await run(
    'payments create --product lifetime --email a@b.dev --name Ada --external-id u --success-url https://x.dev/ --discount-code SPRING --seats 3 --locale de --metadata a=1',
  );
  expect(created.changes.map(({ line, body }) => [line, body])).toEqual([
    [
      'POST /v1/payments',
      {
        product_id: SUBSCRIPTION,
        customer: { email: 'a@b.dev', name: 'Ada', external_id: 'u' },
        success_url: 'https://x.dev/',
        discount_code: 'SPRING',
        seats: 3,
        locale: 'de',
        metadata: { a: '1' },
      },
    ],
  ]);
  const started = await run('reconcile start --mode live --scope full --grace 0s --repair-webhook');
  expect(started.changes.map(({ line, body }) => [line, body])).toEqual([
    ['POST /admin/reconcile', { mode: 'live', scope: 'full', grace_seconds: 0, repair_webhook: true }],
  ]);
});

describe.each([
  ['unrouted list', 'unrouted list --created-after 2027-01-01', 'GET /admin/unrouted'],
  ['reconcile start', 'reconcile start --scope recent', 'POST /admin/reconcile'],
])('%s', (_, typed, line) => {
  const health = (live: string, sandbox: string) => {
    const { parts, ...rest } = examples['GET /health']['200'];
    return { 'GET /health': [{ body: { ...rest, parts: { ...parts, polar: { live, sandbox } } } }] };
  };

  test.each([
    ['sandbox', 'not_configured', 'ready'],
    ['live', 'unavailable', 'not_configured'],
  ])('is of %s when the gateway has no other mode', async (mode, live, sandbox) => {
    const { code, stderr, asked } = await run(typed, health(live, sandbox));
    expect(code, stderr).toBe(0);
    const [first, second] = asked;
    expect([first?.line, second?.line]).toEqual(['GET /health', expect.stringContaining(line)]);
    expect(`${second?.line} ${JSON.stringify(second?.body)}`).toMatch(new RegExp(`mode"?[=:]"?${mode}`));
  });

  test('asks which, when it has both', async () => {
    const { code, stderr, asked } = await run(typed, health('ready', 'ready'));
    expect([code, asked.map((each) => each.line)]).toEqual([2, ['GET /health']]);
    expect(stderr).toContain('Of which mode?\n--mode live or --mode sandbox');
  });

  test('of a mode that is typed asks for that alone', async () => {
    const { asked } = await run(`${typed} --mode live`, health('not_configured', 'ready'));
    expect(asked[0]?.line).toContain(line);
    expect(asked.map((each) => each.line)).not.toContain('GET /health');
  });
});

describe('a key that is lacking', () => {
  const { FLOE_GATEWAY } = TOKENS;

  test('of an app is named, with how it is added', async () => {
    const { code, stderr, asked } = await run('payments list', {}, { env: { FLOE_GATEWAY } });
    expect([code, asked]).toEqual([3, []]);
    expect(stderr).toContain('This needs an app’s secret key');
    expect(stderr).toContain('Set FLOE_SECRET_KEY, or add a profile: floe profiles add');
  });

  test('of the operator too', async () => {
    for (const typed of ['polar-events list', 'reconcile list']) {
      const { code, stderr } = await run(typed, {}, { env: { FLOE_GATEWAY } });
      expect([code, stderr]).toEqual([3, expect.stringContaining('FLOE_ADMIN_TOKEN')]);
    }
  });
});

describe('sending many again', () => {
  const replay = (replayed: number, remaining: number, left = 9_000): Given => ({
    status: 202,
    body: {
      matched: replayed + remaining,
      replayed,
      remaining,
      dry_run: false,
      limit: { per_hour: 10_000, left },
    },
  });
  const RECOVER = 'POST /v1/webhook-endpoints/:id/recover';
  const recover = `recover ${ENDPOINT} --since 6h`;

  test('says how many, and asks', async () => {
    const asked = await run(
      recover,
      { [RECOVER]: [replay(0, 2_300), replay(1_000, 0)] },
      { answers: [true] },
    );
    expect(asked.questions).toEqual([`${AT}Send 2,300 failed deliveries to ${ENDPOINT} again?`]);
    const nobody = await run(recover, { [RECOVER]: [replay(0, 2_300)] });
    expect(nobody.code).toBe(6);
    expect(nobody.changes.map(({ body }) => body)).toEqual([
      { since: '2027-06-15T06:00:00.000Z', dry_run: true },
    ]);
  });

  test('goes on until nothing is left, each call under a key of its own', async () => {
    const { code, stdout, stderr, changes } = await run(`${recover} --yes --idempotency-key k`, {
      [RECOVER]: [replay(1_000, 1_300), replay(1_000, 300), replay(300, 0)],
    });
    expect([code, stdout]).toEqual([0, '2,300 deliveries are on the way again.\n']);
    expect(stderr).toBe('1,000 sent, 1,300 left …\n2,000 sent, 300 left …\n');
    expect(changes.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['k-1', 'k-2', 'k-3']);
  });

  test('stops when the hour allows no more, and says what is left', async () => {
    const { code, stdout, stderr } = await run(`${recover} --yes`, { [RECOVER]: [replay(1_000, 500, 0)] });
    expect([code, stdout]).toEqual([5, '1,000 deliveries are on the way again.\n']);
    expect(stderr).toContain('error: This hour allows no more, and 500 deliveries are left.');
  });

  test('by a filter counts with --dry-run, and changes nothing', async () => {
    const { code, stdout, changes } = await run(
      `deliveries replay --endpoint ${ENDPOINT} --status succeeded --since 2h --until 1h --type payment.* --type refund.failed --dry-run`,
      { 'POST /v1/replays': [replay(0, 3)] },
    );
    expect([code, stdout]).toEqual([0, '3 deliveries would be sent again. This hour allows 9,000 more.\n']);
    expect(changes.map(({ body }) => body)).toEqual([
      {
        endpoint_id: ENDPOINT,
        status: 'succeeded',
        since: '2027-06-15T10:00:00.000Z',
        until: '2027-06-15T11:00:00.000Z',
        types: ['payment.*', 'refund.failed'],
        dry_run: true,
      },
    ]);
  });
});

describe('applying many Polar events again', () => {
  const reapply = (
    reapplied: number,
    remaining: number,
    next_cursor: string | null,
    left = 9_000,
  ): Given => ({
    status: 202,
    body: {
      matched: reapplied + remaining,
      reapplied,
      remaining,
      dry_run: false,
      limit: { per_hour: 10_000, left },
      next_cursor,
    },
  });
  const ROUTE = 'POST /admin/reapply';
  const typed = 'polar-events reapply --mode live --status unrouted --type order.paid --since 1d';
  const filter = { mode: 'live', status: 'unrouted', type: 'order.paid', since: '2027-06-14T12:00:00.000Z' };

  test('says how many, and asks', async () => {
    const asked = await run(
      typed,
      { [ROUTE]: [reapply(0, 3, null), reapply(3, 0, null)] },
      { answers: [true] },
    );
    expect(asked.questions).toEqual([`${AT}Apply 3 unrouted Polar events of live again?`]);
    const nobody = await run(typed, { [ROUTE]: [reapply(0, 3, null)] });
    expect(nobody.code).toBe(6);
    expect(nobody.changes.map(({ body }) => body)).toEqual([{ ...filter, dry_run: true }]);
  });

  test('goes on behind each call, also when all that matched fails once more', async () => {
    const { code, stdout, changes } = await run(`${typed} --yes`, {
      [ROUTE]: [reapply(1_000, 200, 'c1'), reapply(200, 0, null)],
    });
    expect([code, stdout]).toEqual([0, '1,200 Polar events are about to be applied again.\n']);
    expect(changes.map(({ body }) => body)).toEqual([
      { ...filter, dry_run: false },
      { ...filter, dry_run: false, cursor: 'c1' },
    ]);
  });

  test('stops when the hour allows no more', async () => {
    const { code, stderr } = await run(`${typed} --yes`, { [ROUTE]: [reapply(1_000, 200, 'c1', 0)] });
    expect([code, stderr]).toEqual([5, expect.stringContaining('200 Polar events are left.')]);
  });

  test('is for one, or for a mode', async () => {
    expect((await run('polar-events reapply')).code).toBe(2);
    expect((await run('polar-events reapply pev_1 --mode live')).code).toBe(2);
    const one = await run('polar-events reapply pev_1');
    expect([one.code, one.changes[0]?.line]).toEqual([0, 'POST /admin/polar-events/pev_1/reapply']);
  });
});

describe('a comparison that is watched', () => {
  const RUN = 'GET /admin/reconcile/:id';
  const running = examples['POST /admin/reconcile']['202'];
  const [finished] = examples['GET /admin/reconcile']['200'].data;
  const report = finished?.report ?? {};
  const watch = (...runs: object[]) =>
    run('reconcile watch rec_1', { [RUN]: runs.map((body) => ({ body })) });

  test('is asked for until it is over, and says how much is left', async () => {
    const { code, stdout, stderr, asked } = await watch(
      running,
      { ...running, remaining: ['named'] },
      { ...running, error: 'Polar answers 429.' },
      { ...finished },
    );
    expect(code).toBe(0);
    expect(stderr).toBe(
      '19 kinds of objects left to compare …\n1 kind of objects left to compare …\nPolar answers 429. …\n',
    );
    expect(stdout).toMatch(/^outcome +no drift$/m);
    expect(asked.length).toBe(4);
  });

  test('ends with 0 when all that differed is mended, with 1 when not', async () => {
    const total = { missing: 2, stale: 1, repaired: 3, failed: 0 };
    const mended = await watch({ ...finished, report: { ...report, total } });
    expect([mended.code, mended.stdout]).toEqual([0, expect.stringMatching(/^outcome +3 mended$/m)]);
    const left = await watch({
      ...finished,
      report: { ...report, total: { ...total, repaired: 2, failed: 1 } },
    });
    expect([left.code, left.stdout]).toEqual([1, expect.stringMatching(/^outcome +2 of 3 mended$/m)]);
    const refused = await watch({
      ...finished,
      report: { ...report, refused: { disputes: 'scope disputes:read' } },
    });
    expect([refused.code, refused.stdout]).toEqual([
      1,
      expect.stringMatching(/^left out +disputes: scope disputes:read$/m),
    ]);
    expect((await watch({ ...finished, status: 'failed', error: 'Canceled.' })).code).toBe(1);
  });

  test('is the newest one, when none is named', async () => {
    const { code, asked } = await run('reconcile watch');
    expect([code, asked.map(({ line }) => line)]).toEqual([0, ['GET /admin/reconcile?limit=1']]);
  });
});

test('a document that Polar goes on making is not waited for without end', async () => {
  const { code, asked, stderr } = await run(`payments invoice ${PAYMENT}`);
  expect([code, asked.length]).toEqual([5, 20]);
  expect(stderr).toContain('error: Polar is still making the invoice.\nType the same again in a minute.');
});

describe('what cannot be done is said before anybody is asked', () => {
  const payment = examples['GET /v1/payments/:id']['200'];
  const subscription = examples['GET /v1/subscriptions/:id']['200'];
  const refund = `payments refund ${PAYMENT}`;

  test.each([
    [refund, { status: 'pending', refundable_amount: 0 }, 'not_paid'],
    [`${refund} --amount 1.00`, { status: 'pending', refundable_amount: 0, currency: 'usd' }, 'not_paid'],
    [refund, { status: 'refunded', refundable_amount: 0, refunded_amount: 400 }, 'already_refunded'],
    [refund, { status: 'succeeded', refundable_amount: 0, refunded_amount: 0 }, 'nothing_to_refund'],
    [refund, { status: 'succeeded', disputed: true, refundable_amount: 400 }, 'payment_disputed'],
    [`${refund} --amount 4.01`, { status: 'succeeded', refundable_amount: 400 }, 'amount_too_large'],
  ])('%s, of %o', async (typed, fields, code) => {
    const answers = { 'GET /v1/payments/:id': [{ body: { ...payment, disputed: false, ...fields } }] };
    const refused = await run(typed, answers, { answers: [true] });
    expect([refused.code, refused.questions, refused.changes]).toEqual([1, [], []]);
    expect(refused.stderr).toContain(`(${code})`);
    // It may be the earlier try that has done it: the gateway says so.
    const again = await run(`${typed} --idempotency-key k`, answers, { answers: [true] });
    expect([again.code, again.questions.length]).toEqual([0, 1]);
  });

  const ENDED = { status: 'canceled', ended_at: '2027-06-01T00:00:00.000Z' };
  const WHOLE = { ended_at: null, cancel_at_period_end: false, pause_at_period_end: false, status: 'active' };
  test.each([
    ['cancel', ENDED, 'subscription_ended'],
    ['revoke', ENDED, 'subscription_ended'],
    ['seats 5', ENDED, 'subscription_ended'],
    ['uncancel', WHOLE, 'not_scheduled'],
    ['resume', WHOLE, 'not_paused'],
    ['pause', { ...WHOLE, cancel_at_period_end: true }, 'cannot_pause'],
    ['trial now', WHOLE, 'validation_failed'],
  ])('subscriptions %s, of %o', async (typed, fields, code) => {
    const [name, ...more] = typed.split(' ');
    const answers = { 'GET /v1/subscriptions/:id': [{ body: { ...subscription, ...fields } }] };
    const words = ['subscriptions', name, SUBSCRIPTION, ...more].join(' ');
    const refused = await run(words, answers, { answers: [true] });
    expect([refused.code, refused.questions, refused.changes]).toEqual([1, [], []]);
    expect(refused.stderr).toContain(`(${code})`);
    const again = await run(`${words} --idempotency-key k`, answers, { answers: [true] });
    expect([again.code, again.questions.length]).toEqual([0, 1]);
  });
});
