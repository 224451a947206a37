import { describe, expect, test } from 'vitest';
import examples from '../../src/example-answers.json' with { type: 'json' };
import { exampleGateway, type Given, GIVEN, problem, TOKENS } from './example-gateway.ts';
import { runFloe, type RunOptions } from './harness.ts';

/* What the commands for licences, downloads, grants, gifts and "why" ask of a gateway, and how they end. */

const LICENCE = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const MACHINE = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f60a';
const PRODUCT = LICENCE;
const GRANT = 'grt_01kb3z8q4yf6dvkwm2t5n9cr7e';
const GIFT = 'gft_01kb3z8q4yf6dvkwm2t5n9cr7e';
const PAYMENT = 'pay_01kb3z8q4yf6dvkwm2t5n9cr7e';
const KEY = 'TIDES-3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const GIFT_BODY = examples['GET /v1/gifts/:id']['200'];
const LICENCE_BODY = examples['GET /v1/license-keys/:id']['200'];

/** Runs a command beside a gateway of examples; says what was asked of it too. */
async function run(typed: string, answers: Record<string, readonly Given[]> = {}, options: RunOptions = {}) {
  const { fetch, asked } = exampleGateway(answers);
  const ran = await runFloe(typed.split(' '), { fetch, env: TOKENS, ...options });
  return {
    ...ran,
    questions: ran.asked,
    asked: asked.map(({ line }) => line),
    changes: asked.filter(({ line }) => !line.startsWith('GET ')).map(({ line, body }) => [line, body]),
  };
}

test.each([
  [
    'licences list --customer external:user-1 --benefit b --status disabled --limit 7',
    'GET /v1/license-keys?customer=external%3Auser-1&benefit=b&status=disabled&limit=7',
  ],
  [`licences show ${LICENCE}`, `GET /v1/license-keys/${LICENCE}`],
  [`licences show ${LICENCE} --reveal`, `GET /v1/license-keys/${LICENCE}?reveal=true`],
  [
    'downloads list --customer external:user-1 --member m',
    'GET /v1/downloads?customer=external%3Auser-1&member=m&limit=20',
  ],
  ['downloads files --cursor c', 'GET /v1/files?limit=20&cursor=c'],
  [`downloads show ${LICENCE}`, `GET /v1/files/${LICENCE}/downloads?limit=20`],
  [
    `grants list --customer c --member m --benefit b --type custom --product ${PRODUCT} --state granted --fulfilment pending --source polar --created-after 1d`,
    `GET /v1/grants?customer=c&member=m&benefit=b&type=custom&product=${PRODUCT}&state=granted&fulfilment=pending&source=polar&created_after=2027-06-14T12%3A00%3A00.000Z&limit=20`,
  ],
  [
    `gifts list --payment ${PAYMENT} --to friend@example.com --created-before 2027-01-01`,
    `GET /v1/gifts?payment=${PAYMENT}&to_email=friend%40example.com&created_before=2027-01-01&limit=20`,
  ],
  [
    'access explain --resource plan:quay:pro --customer external:user-1 --member m --at 2d --max-age 60',
    'GET /v1/access/explain?resource=plan%3Aquay%3Apro&customer=external%3Auser-1&member=m&at=2027-06-13T12%3A00%3A00.000Z&max_age=60',
  ],
  [
    `access explain --resource content:one --payment ${PAYMENT}`,
    `GET /v1/access/explain?resource=content%3Aone&payment=${PAYMENT}`,
  ],
  [
    'customers list --q ada@ --created-after 1d --limit 7',
    'GET /v1/customers?q=ada%40&created_after=2027-06-14T12%3A00%3A00.000Z&limit=7',
  ],
  ['customers list --sort email', 'GET /v1/customers?sort=email&limit=20'],
  ['customers show external:user/1', 'GET /v1/customers/external%3Auser%2F1'],
  ['customers export external:user-1', 'GET /v1/customers/external%3Auser-1/export'],
  [
    'customers timeline external:user/1 --type payment.* --created-after 1h --limit 5 --cursor c',
    'GET /v1/customers/external%3Auser%2F1/timeline?type=payment.*&created_after=2027-06-15T11%3A00%3A00.000Z&limit=5&cursor=c',
  ],
])('%s asks by each filter', async (typed, line) => {
  const { code, stderr, asked } = await run(typed);
  expect(code, stderr).toBe(0);
  // An example of a list says that there is more.
  expect(asked[0]).toBe(line);
});

describe('access explain', () => {
  const typed = 'access explain --customer external:user-1 --resource content:blog/one';
  const body = {
    ...examples['GET /v1/access/explain']['200'],
    allow: false,
    reason: 'revoked',
    supported_by: [],
    missing: [
      {
        why: 'revoked',
        text: `the order ${LICENCE} stopped counting on 2027-06-15 11:42 UTC: it was refunded`,
        of: null,
        payment_id: PAYMENT,
        product: null,
        status: 'refunded',
        taken_back: ['refund_succeeded'],
        since: '2027-06-15T11:42:00.000Z',
      },
    ],
    caches: {
      could_differ: true,
      until: '2027-06-15T11:47:00.000Z',
      changed_at: '2027-06-15T11:42:00.000Z',
      max_age: 300,
    },
    complete: false,
    complete_since: '2027-06-01T00:00:00.000Z',
  };
  const no = { 'GET /v1/access/explain': [{ body }] };

  test('ends with 0 for a no too, and says what was missing, since when, and what a cache could still say', async () => {
    const { code, stdout } = await run(typed, no);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^answer +no \(revoked\)$/m);
    expect(stdout).toMatch(
      new RegExp(
        `^missing +the order ${LICENCE} stopped counting .*: it was refunded, payment ${PAYMENT}$`,
        'm',
      ),
    );
    expect(stdout).toMatch(
      /^caches +a yes could still be given until 2027-06-15 11:47:00 UTC, by a caller that allows 300 s, since it became a no at 2027-06-15 11:42:00 UTC$/m,
    );
    expect(stdout).toMatch(/^incomplete +everything is known from 2027-06-01 00:00:00 UTC on$/m);
    expect(stdout).not.toMatch(/^supported by/m);
  });

  test('lists what led there in the order of the answer, below its heading', async () => {
    const { stdout } = await run(typed);
    expect(stdout).toMatch(/^answer +yes$/m);
    expect(stdout).toMatch(new RegExp(`^supported by +grant ${LICENCE}, .*payment ${PAYMENT}, since`, 'm'));
    const [, below = ''] = stdout.split('\nWhat led there, oldest first:\n');
    const types = examples['GET /v1/access/explain']['200'].because.map(({ type }) => type);
    expect([...below.matchAll(/^\d{4}-\S+ \S+ +(\S+) /gm)].map(([, type]) => type)).toEqual(types);
  });

  test('prints the gateway’s own answer with --json, and nothing else', async () => {
    const { stdout, stderr } = await run(`${typed} --json`, no);
    expect([JSON.parse(stdout), stderr]).toEqual([body, '']);
  });

  test('names a time that is none', async () => {
    const { code, stderr, asked } = await run(`${typed} --at yesterday`);
    expect([code, asked]).toEqual([2, []]);
    expect(stderr).toContain('--at: yesterday is no time.');
  });
});

describe('licences validate', () => {
  const VALIDATE = 'POST /v1/license-keys/validate';
  const checked = examples[VALIDATE]['200'];
  const typed = 'licences validate --stdin';

  test('ends with 0 for a good key, which it prints nowhere', async () => {
    const { code, stdout, stderr, changes } = await run(
      `${typed} --activation a --benefit b --max-age 0`,
      {},
      { stdin: `${KEY}\n` },
    );
    expect(code, stderr).toBe(0);
    expect(changes).toEqual([
      ['POST /v1/license-keys/validate', { key: KEY, activation_id: 'a', benefit_id: 'b', max_age: 0 }],
    ]);
    expect(stdout).toMatch(/^valid +yes$/m);
    expect(stdout).not.toContain(KEY);
  });

  test('asks for the key in a terminal, and says where it comes from when nobody can be asked', async () => {
    const asked = await run('licences validate', {}, { answers: [KEY] });
    expect([asked.code, asked.questions]).toEqual([0, ['Which licence key?']]);
    expect(asked.changes).toEqual([['POST /v1/license-keys/validate', { key: KEY }]]);
    const nobody = await run('licences validate');
    expect([nobody.code, nobody.changes]).toEqual([6, []]);
    expect(nobody.stderr).toContain('--stdin');
    expect((await run(typed, {}, { stdin: ' \n' })).code).toBe(2);
  });

  test.each(['revoked', 'not_found', 'activation_required'])('ends with 1 for %s, and why', async (code) => {
    const body = { ...checked, valid: false, code, key: code === 'not_found' ? null : checked.key };
    const no = await run(`${typed} --json`, { [VALIDATE]: [{ body }] }, { stdin: KEY });
    expect([no.code, JSON.parse(no.stdout)]).toEqual([1, body]);
    expect(JSON.parse(no.stderr).error).toMatchObject({ exit_code: 1, code });
  });

  test('ends with 5 when Polar is away, which is no "no"', async () => {
    const away = { [VALIDATE]: [problem(503, 'unavailable', 'Polar does not answer.')] };
    const { code, stdout } = await run(typed, away, { stdin: KEY });
    expect([code, stdout]).toEqual([5, '']);
  });
});

describe.each([
  [`licences update ${LICENCE} --status disabled`, 'It is disabled: every program with it is told no'],
  [`licences update ${LICENCE} --limit-activations 1`, 'for 1 machine at once instead of 3'],
  [`licences update ${LICENCE} --limit-activations none`, 'programs that ask for one of its activations (1)'],
  [`licences update ${LICENCE} --limit-usage 5`, '1 of it may still be used, instead of 5.'],
  [`licences update ${LICENCE} --expires 30d`, 'It ends 2027-07-15 12:00:00 UTC, instead of never.'],
  [`licences deactivate ${LICENCE} ${MACHINE}`, 'Remove Ada’s desk from the licence ****-E5F607?'],
  [
    `grants revoke ${GRANT}`,
    'Take content:blog/*, feature:early-access back from external:user-1 (Press copy)?',
  ],
  [`customers name ${PRODUCT} user/1`, 'opens for external:user/1 from then on.'],
  [`customers name ${PRODUCT} user/1 --remove`, 'does not open for external:user/1 any more.'],
  ['customers erase external:user-1', 'Names, addresses and metadata go, and sessions end.'],
  [`gifts create --payment ${PAYMENT}`, 'It stops counting for its buyer at once'],
  [`gifts resend ${GIFT}`, 'The former one stops working, and the new one is mailed to friend@readers.dev.'],
  [`gifts cancel ${GIFT}`, 'and all of its money goes back to the giver'],
  [`gifts cancel ${GIFT} --no-refund`, 'the purchase is its buyer’s again; no money goes back'],
])('%s', (typed, consequence) => {
  test('says what it takes away, and changes nothing until somebody has said yes', async () => {
    const no = await run(typed, GIVEN, { answers: [false] });
    expect([no.code, no.questions]).toEqual([1, [expect.stringContaining(consequence)]]);
    expect(no.changes).toEqual([]);
    const nobody = await run(typed, GIVEN);
    expect([nobody.code, nobody.changes]).toEqual([6, []]);
    const yes = await run(typed, GIVEN, { answers: [true] });
    expect([yes.code, yes.changes.length], yes.stderr).toEqual([0, 1]);
    const unasked = await run(`${typed} --yes --json`, GIVEN);
    expect([unasked.code, unasked.questions, typeof JSON.parse(unasked.stdout)]).toEqual([0, [], 'object']);
  });
});

describe('what takes nothing away is not asked about', () => {
  test.each([
    [
      `licences update ${LICENCE} --status granted --limit-activations 5 --limit-usage none --usage 0 --expires never`,
      `PATCH /v1/license-keys/${LICENCE}`,
      { status: 'granted', limit_activations: 5, limit_usage: null, usage: 0, expires_at: null },
    ],
    [
      'grants create --customer external:user-1 --resource content:blog/* --resource feature:x --reason Trial --expires 14d',
      'POST /v1/grants',
      {
        customer: 'external:user-1',
        resources: ['content:blog/*', 'feature:x'],
        reason: 'Trial',
        expires_at: '2027-06-29T12:00:00.000Z',
      },
    ],
    [
      `grants fulfil ${LICENCE} --status refused --by Ada --comment Nobody`,
      `POST /v1/grants/${LICENCE}/fulfilment`,
      { status: 'refused', by: 'Ada', comment: 'Nobody' },
    ],
    [
      `gifts create --product ${PRODUCT} --to friend@example.com --send-at 3d --from-name Ada --message Hello --redirect-url https://x.dev/ --expires-in 30 --email a@b.dev --external-id u`,
      'POST /v1/gifts',
      {
        product_id: PRODUCT,
        to_email: 'friend@example.com',
        send_at: '2027-06-18T12:00:00.000Z',
        from_name: 'Ada',
        message: 'Hello',
        redirect_url: 'https://x.dev/',
        expires_in_days: 30,
        customer: { email: 'a@b.dev', external_id: 'u' },
      },
    ],
  ])('%s', async (typed, line, body) => {
    const { code, stderr, changes } = await run(typed);
    expect(code, stderr).toBe(0);
    expect(changes).toEqual([[line, body]]);
  });
});

describe('what cannot be done is said before anybody is asked', () => {
  test('a grant of Polar’s is not taken back here', async () => {
    const { code, stderr, questions, changes } = await run(
      `grants revoke ${LICENCE}`,
      {},
      { answers: [true] },
    );
    expect([code, questions, changes]).toEqual([1, [], []]);
    expect(stderr).toContain(`floe payments refund ${PAYMENT}`);
  });

  test('one that has ended needs no yes', async () => {
    const [{ body }] = GIVEN['GET /v1/grants/:id'] as [Given];
    const { code, stdout, changes } = await run(`grants revoke ${GRANT}`, {
      'GET /v1/grants/:id': [{ body: { ...Object(body), state: 'expired' } }],
    });
    expect([code, stdout, changes]).toEqual([0, `${GRANT} is expired already.\n`, []]);
  });

  test('a gift that was accepted is the recipient’s', async () => {
    const { code, stderr, questions, changes } = await run(
      `gifts cancel ${GIFT}`,
      { 'GET /v1/gifts/:id': [{ body: { ...GIFT_BODY, status: 'claimed' } }] },
      { answers: [true] },
    );
    expect([code, questions, changes]).toEqual([1, [], []]);
    expect(stderr).toContain('(gift_claimed)');
  });

  test('a machine that the licence does not have, with those that it has', async () => {
    const { code, stderr, changes } = await run(`licences deactivate ${LICENCE} nope`);
    expect([code, changes]).toEqual([4, []]);
    expect(stderr).toContain(`It has Ada’s desk (${MACHINE}).`);
  });

  test('a change of nothing, a limit that is none, a gift of nothing and of two things', async () => {
    const wrong = [
      `licences update ${LICENCE}`,
      `licences update ${LICENCE} --limit-usage 0`,
      `licences update ${LICENCE} --expires soon`,
      'gifts create',
      `gifts create --product ${PRODUCT} --payment ${PAYMENT}`,
      'grants create --customer external:user-1 --reason Trial',
    ];
    for (const typed of wrong) {
      const { code, asked } = await run(typed);
      expect([typed, code, asked]).toEqual([typed, 2, []]);
    }
  });
});

test('a gift that nobody has paid is taken back without a refund', async () => {
  const awaiting = { 'GET /v1/gifts/:id': [{ body: { ...GIFT_BODY, status: 'awaiting_payment' } }] };
  const { changes, questions } = await run(`gifts cancel ${GIFT}`, awaiting, { answers: [true] });
  expect(questions).toEqual([expect.stringContaining('when it is paid later, the purchase is its buyer’s')]);
  expect(changes).toEqual([[`POST /v1/gifts/${GIFT}/cancel`, { refund: false }]]);
});

test('a key that is activated for more machines than it would be allowed is changed after that was said', async () => {
  const body = { ...LICENCE_BODY, limit_activations: null, activations: [] };
  const { questions } = await run(
    `licences update ${LICENCE} --limit-activations 2`,
    { 'GET /v1/license-keys/:id': [{ body }] },
    { answers: [true] },
  );
  expect(questions).toEqual([expect.stringContaining('It has to be activated')]);
});

describe.each([
  ['access explain --customer nobody --resource content:one', 'GET /v1/access/explain'],
  ['customers timeline nobody', 'GET /v1/customers/:id/timeline'],
  ['licences show nope', 'GET /v1/license-keys/:id'],
  ['grants show nope', 'GET /v1/grants/:id'],
  ['gifts show nope', 'GET /v1/gifts/:id'],
  ['downloads show nope', 'GET /v1/files/:id/downloads'],
])('%s', (typed, route) => {
  test.each([
    [404, 'not_found', 4],
    [403, 'forbidden_key', 3],
    [503, 'unavailable', 5],
  ])('ends as the gateway’s %i says', async (status, code, exitCode) => {
    const refused = await run(typed, { [route]: [problem(status, code, 'No.')] });
    expect([refused.code, refused.stdout]).toEqual([exitCode, '']);
    expect(refused.stderr).toContain(`(${code})`);
  });
});
