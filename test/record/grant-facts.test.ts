import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../harness/harness.ts';
import { uploadFile } from '../harness/upload.ts';
import { deliver, keepTables, record, restoreTables, startPayment, type Told } from '../harness/story.ts';

/* What is kept of a grant's properties and of Polar's error, by type of benefit (ADR 98). */

const SLACK_INTEGRATION = '8a1f0a9e-5c52-4a4b-9a86-3f1f6a0b1c2d';

const BENEFITS = (fileId: string) => [
  { type: 'license_keys', description: 'Key', properties: { prefix: 'QUAY' } },
  { type: 'downloadables', description: 'Files', properties: { files: [fileId] } },
  {
    type: 'discord',
    description: 'Room',
    properties: { guild_token: 't', role_id: '1', kick_member: true },
  },
  {
    type: 'github_repository',
    description: 'Code',
    properties: { repository_owner: 'quay', repository_name: 'code', permission: 'pull' },
  },
  {
    type: 'slack_shared_channel',
    description: 'Channel',
    properties: { slack_integration_id: SLACK_INTEGRATION, channel_name_template: 'quay' },
  },
  { type: 'custom', description: 'Call', properties: { note: 'the door code' } },
];

const COLUMNS =
  'benefit_type, license_key_id, display_key, file_ids, connection, error_type, error_message, error_at is not null as has_error_at';

const facts = async () => {
  const { results } = await env.DB.prepare(`select ${COLUMNS} from grants order by benefit_type`).all();
  return results;
};

const act = (world: World, path: string, body: object = {}) =>
  world.polar('sandbox', 'POST', `/_sim/grants/${path}`, body).then(() => world.simulator.settle());

let world: World;
let fileId: string;
let story: Told[];
let tables: Awaited<ReturnType<typeof keepTables>>;
/** What comes of the grants that wait for an account. */
let connected: Told[];

beforeAll(async () => {
  world = await createWorld();
  const quay = await world.createApp({ product: 'quay', webhook: false });
  fileId = await uploadFile(world);
  const product = await world.createProduct({ name: 'quay:all', benefits: BENEFITS(fileId) });
  await world.settle();
  const payment = await startPayment(quay, product.id);
  tables = await keepTables();
  story = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  });
  const ids = new Map(
    story.flatMap(({ type, body }) => {
      if (type !== 'benefit_grant.created') return [];
      const { data } = JSON.parse(body) as { data: { id: string; benefit: { type: string } } };
      return [[data.benefit.type, data.id] as const];
    }),
  );
  connected = await record(world, async () => {
    await act(world, `${ids.get('discord')}/connect`, { properties: { account_id: 'discord-account-77' } });
    await act(world, `${ids.get('slack_shared_channel')}/connect`, {
      properties: { invited_email: 'admin@buyers.dev', invite_url: 'https://join.slack.test/secret' },
    });
    await act(world, `${ids.get('github_repository')}/connect`);
    await act(world, `${ids.get('github_repository')}/fail`, {
      message: 'No access for ada@readers.dev, see https://github.test/secret now',
    });
  });
});
beforeEach(() => restoreTables(tables));

const hearAll = async (told: readonly Told[]) => {
  for (const each of told) expect(await deliver(world, each)).toBe(200);
};

const ACTION = { error_type: 'BenefitActionRequiredError', has_error_at: 1 };
const NOTHING = {
  license_key_id: null,
  display_key: null,
  file_ids: null,
  connection: null,
  error_type: null,
  error_message: null,
  has_error_at: 0,
};

it('a grant’s key, files, missing connection and error are kept, and nothing else of its properties', async () => {
  await hearAll(story);
  expect(await facts()).toEqual([
    { ...NOTHING, benefit_type: 'custom' },
    {
      ...NOTHING,
      ...ACTION,
      benefit_type: 'discord',
      connection: 'missing',
      error_message: 'The customer needs to connect their Discord account',
    },
    { ...NOTHING, benefit_type: 'downloadables', file_ids: JSON.stringify([fileId]) },
    {
      ...NOTHING,
      ...ACTION,
      benefit_type: 'github_repository',
      connection: 'missing',
      error_message: 'The customer needs to connect their GitHub account',
    },
    {
      ...NOTHING,
      benefit_type: 'license_keys',
      license_key_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      display_key: expect.stringMatching(/^\*{4}-[0-9A-F]{6}$/),
    },
    {
      ...NOTHING,
      ...ACTION,
      benefit_type: 'slack_shared_channel',
      connection: 'missing',
      error_message: expect.stringContaining('Enter the email of an admin'),
    },
  ]);
});

it('what was connected is told by whether, never by which account or address', async () => {
  await hearAll([...story, ...connected]);

  expect((await facts()).filter(({ connection }) => connection !== null)).toEqual([
    { ...NOTHING, benefit_type: 'discord', connection: 'given' },
    {
      ...NOTHING,
      ...ACTION,
      benefit_type: 'github_repository',
      connection: 'given',
      error_message: 'No access for … see … now',
    },
    { ...NOTHING, benefit_type: 'slack_shared_channel', connection: 'given' },
  ]);
  const { results } = await env.DB.prepare('select * from grants').all();
  const stored = JSON.stringify(results);
  for (const secret of ['discord-account-77', 'admin@buyers.dev', 'slack.test', 'github.test', 'sim-account'])
    expect(stored).not.toContain(secret);
});

describe('whatever order the webhooks come in', () => {
  it.each([
    ['in Polar’s order', (told: Told[]) => told],
    ['backwards', (told: Told[]) => told.toReversed()],
    ['grants first', (told: Told[]) => told.toSorted((a, b) => a.type.localeCompare(b.type))],
  ])('the same is kept: %s', async (_name, order) => {
    await hearAll([...story, ...connected]);
    const inOrder = await facts();
    await restoreTables(tables);
    await hearAll(order([...story, ...connected]));
    await world.settle();
    expect(await facts()).toEqual(inOrder);
  });
});

it('a key that a later snapshot leaves out stays known, whichever of both comes first', async () => {
  const grant = story.find(({ body }) => body.includes('"license_key_id"') && body.includes('****-'));
  if (!grant) throw new Error('no key was granted');
  const told = JSON.parse(grant.body) as { type: string; timestamp: string; data: Record<string, unknown> };
  const revoked: Told = {
    webhookId: 'revoked-without-its-key',
    type: 'benefit_grant.revoked',
    body: JSON.stringify({
      ...told,
      type: 'benefit_grant.revoked',
      data: {
        ...told.data,
        is_granted: false,
        is_revoked: true,
        granted_at: null,
        revoked_at: '2999-01-01T00:00:00Z',
        modified_at: '2999-01-01T00:00:00Z',
        properties: {},
      },
    }),
  };
  const others = story.filter((each) => each !== grant);
  const key = 'select license_key_id, display_key, is_revoked from grants where license_key_id is not null';
  const read = async () => (await env.DB.prepare(key).all()).results;
  await hearAll([...others, grant, revoked]);
  const inOrder = await read();
  expect(inOrder).toMatchObject([{ is_revoked: 1, display_key: expect.stringContaining('****-') }]);
  await restoreTables(tables);
  await hearAll([...others, revoked, grant]);
  expect(await read()).toEqual(inOrder);
});

it('an app’s grant is found by the id of its key, and by the end of it', async () => {
  await hearAll(story);
  const {
    app_id: appId,
    license_key_id: keyId,
    display_key: shown,
  } = (await env.DB.prepare(
    'select app_id, license_key_id, display_key from grants where license_key_id is not null',
  ).first()) as Record<string, string>;
  for (const [column, value] of [
    ['license_key_id', keyId],
    ['display_key', shown],
  ]) {
    const plan = await env.DB.prepare(
      `explain query plan select id from grants where app_id = ? and ${column} = ?`,
    )
      .bind(appId, value)
      .all<{ detail: string }>();
    expect(plan.results.map(({ detail }) => detail).join()).toMatch(
      new RegExp(`SEARCH grants USING INDEX grants_${String(column).replace('_id', '')} `),
    );
  }
});
