/*
 * What becomes of a benefit, by its type and by what happens to whoever has it: once, as data. `lives-of.ts` makes a test of
 * each cell, and docs/benefits.md shows the same cells (test/documents/benefits.test.ts).
 */

export const TYPES = [
  'custom',
  'feature_flag',
  'license_keys',
  'downloadables',
  'meter_credit',
  'discord',
  'github_repository',
  'slack_shared_channel',
] as const;
export type BenefitType = (typeof TYPES)[number];

export const LIVES = [
  'grant',
  'update',
  'renew',
  'cancel',
  'refund',
  'product change',
  'seat',
  'two sources',
] as const;
export type Life = (typeof LIVES)[number];

export const SURFACES = ['API', 'token', 'kit'] as const;
export type Surface = (typeof SURFACES)[number];

/** What is seen of the benefit at one moment of a life. */
export interface Moment {
  when: string;
  /** `reason` of the gateway's answer. */
  reason: 'granted' | 'not_granted' | 'revoked' | 'expired';
  /** What the app's endpoint is told of grants since the moment before. */
  told: readonly string[];
  /** How the grants of it stand, where that is not what the answer says. */
  grants?: readonly GrantState[];
  /** Of a flag, what `limit` in its metadata is worth. */
  limit?: number;
}

type GrantState = 'granted' | 'pending_action' | 'revoked';

/** How the grants stand that the customer has of it, sorted. */
export function grantsAt({ grants, reason }: Moment): readonly GrantState[] {
  if (grants) return grants;
  if (reason === 'granted') return ['granted'];
  return [reason === 'not_granted' ? 'pending_action' : 'revoked'];
}

/** The first life is lived before the benefit is changed, the others after that. */
const isAfterChange = (life: Life) => life !== 'grant';

/** How many files somebody may download. */
export function filesAt(life: Life, { reason }: Moment): number {
  if (reason !== 'granted') return 0;
  return isAfterChange(life) ? 2 : 1;
}

/** What `POST /v1/license-keys/validate` says of each key that the customer was given, sorted: a key goes with its grant. */
export function keysAt(type: BenefitType, moment: Moment): readonly string[] {
  if (type !== 'license_keys') return [];
  return grantsAt(moment)
    .map((state) => (state === 'granted' ? 'valid' : 'revoked'))
    .toSorted();
}

/** The buyer connects an account first. */
const CONNECTIONS: ReadonlySet<BenefitType> = new Set([
  'discord',
  'github_repository',
  'slack_shared_channel',
]);
export const isConnection = (type: BenefitType) => CONNECTIONS.has(type);
/** A change of these changes what those have who hold them, so Polar tells it of each grant. */
const isMaterial = (type: BenefitType) => type === 'license_keys' || type === 'downloadables';

/** What the life is for each type: what is done, and what is seen then. */
export function momentsOf(type: BenefitType, life: Life): Moment[] {
  const given = isConnection(type)
    ? ['grant.created', 'grant.action_required', 'grant.updated']
    : ['grant.created'];
  const moments = {
    grant: isConnection(type)
      ? [
          {
            when: 'until the account is connected',
            reason: 'not_granted',
            told: ['grant.created', 'grant.action_required'],
          },
          { when: 'then', reason: 'granted', told: ['grant.updated'] },
        ]
      : [{ when: 'once it is paid', reason: 'granted', told: given, limit: 5 }],
    update: [
      {
        when: 'after the change',
        reason: 'granted',
        told: isMaterial(type) ? ['grant.updated'] : [],
        limit: 6,
      },
    ],
    renew: [{ when: 'in the next period', reason: 'granted', told: ['grant.renewed'] }],
    cancel: [
      { when: 'until the period ends', reason: 'granted', told: [] },
      { when: 'then', reason: 'expired', told: ['grant.revoked'] },
    ],
    refund: [{ when: 'after it', reason: 'revoked', told: ['grant.revoked'] }],
    'product change': [{ when: 'after it', reason: 'revoked', told: ['grant.revoked'] }],
    seat: [
      { when: 'once it is claimed', reason: 'granted', told: given },
      { when: 'once it is taken back', reason: 'revoked', told: ['grant.revoked'] },
    ],
    'two sources': [
      { when: 'one is refunded', reason: 'granted', told: ['grant.revoked'], grants: ['granted', 'revoked'] },
      { when: 'both are', reason: 'revoked', told: ['grant.revoked'], grants: ['revoked', 'revoked'] },
    ],
  } satisfies Record<Life, Moment[]>;
  return moments[life];
}

/** What a cell of the table says, and with it the name of its test. */
export function sayCell(type: BenefitType, life: Life, surface: Surface): string {
  return momentsOf(type, life)
    .map((moment) => `${moment.when}: ${sayMoment({ type, life, surface }, moment)}`)
    .join('; ');
}

function sayMoment(
  { type, life, surface }: { type: BenefitType; life: Life; surface: Surface },
  moment: Moment,
): string {
  const { reason, told, limit } = moment;
  const isOpen = reason === 'granted';
  const worth = type === 'feature_flag' && limit !== undefined;
  switch (surface) {
    case 'API': {
      const answer = isOpen ? 'yes' : `no, \`${reason}\``;
      const values = worth ? `, \`values.limit\` is ${limit}` : '';
      const events = told.length === 0 ? 'nothing is told' : told.map((name) => `\`${name}\``).join(', ');
      const states = grantsAt(moment);
      const grants = `, ${states.length === 1 ? 'grant' : 'grants'} \`${states.join('`, `')}\``;
      return `${answer}${values}${grants}${sayUse(type, life, moment)} (${events})`;
    }
    case 'token':
      return `${isOpen ? 'in' : 'not in'} \`ent\`${worth ? `, with ${limit} in \`feat\`` : ''}`;
    case 'kit': {
      const value = worth ? `, \`featureValue\` gives ${limit}` : '';
      return `${isOpen ? 'opens' : 'closed'}${value}`;
    }
  }
}

/** What the routes of one type say. */
function sayUse(type: BenefitType, life: Life, moment: Moment): string {
  if (type === 'downloadables') {
    const files = filesAt(life, moment);
    return `, ${files === 0 ? 'no file' : files === 1 ? 'one file' : 'two files'}`;
  }
  const codes = keysAt(type, moment);
  if (codes.length > 0) return `, ${codes.length === 1 ? 'key' : 'keys'} \`${codes.join('`, `')}\``;
  return '';
}

/** What was done to whoever has the benefit. */
export const DONE: Readonly<Record<Life, string>> = {
  grant: 'bought',
  update: 'the benefit is changed at Polar',
  renew: 'the subscription renews',
  cancel: 'the subscription is canceled, and its period ends',
  refund: 'refunded with `revoke_benefits`',
  'product change': 'the subscription changes to a product without it',
  seat: 'a member claims a seat, and it is taken back',
  'two sources': 'bought twice, then refunded one after the other',
};

/** The table of one type, as docs/benefits.md has it. */
export function tableOf(type: BenefitType): string {
  const rows = LIVES.map(
    (life) => `| ${[DONE[life], ...SURFACES.map((surface) => sayCell(type, life, surface))].join(' | ')} |`,
  );
  return ['| what happens | API | token | kit |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The name of the test behind a cell. */
export const nameOfTest = (type: BenefitType, life: Life, surface: Surface) =>
  `${type} > ${DONE[life]} > ${surface}: ${sayCell(type, life, surface)}`;
