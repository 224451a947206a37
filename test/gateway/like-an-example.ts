/*
 * Answers as the reference shows them (`src/example-answers.json`): whatever is another one each time, such as ids, times and
 * secrets, is replaced. What is left must be the same in every run.
 */

const EXAMPLE_TIME = Date.parse('2027-06-15T12:00:00.000Z');
const DAY = 86_400_000;
/** Times are shown as far from now as the nearest of these: months and years have different lengths, and tests take a while. */
const DISTANCES = [0, 600_000, 3_600_000, DAY, 3 * DAY, 10 * DAY, 30 * DAY, 60 * DAY, 365 * DAY, 1_000 * DAY];

/** Fields that say how long something took, how old it is, or where a list goes on. */
const UNSTEADY: Readonly<Record<string, unknown>> = {
  latency_ms: 42,
  p50: 42,
  p95: 180,
  age_seconds: 42,
  requests: 12,
  left: 9998,
  sequence: 7,
  next_cursor: 'WzE4MTMwNjA4MDAwMDAsInBheV8wMWtiM3o4cTR5ZjZkdmt3bTJ0NW45Y3I3ZSJd',
  kid: 'sandbox-2027',
  hint: '4QeM',
};

const SECRET = 'k2Jr0yXbLw8sVqTn5mZcE1uHdPa7gRf3iYo9tKx4QeM';
const TOKEN = 'eyJ0eXAiOiJlbnQrand0IiwiYWxnIjoiRWREU0EifQ.eyJzdWIiOiJleHRlcm5hbDp1c2VyLTEifQ.c2lnbmF0dXJl';

/** An answer with ids, times and secrets as examples have them. `at`: when it was given, milliseconds since 1970. */
export function likeAnExample(answer: unknown, at: number): unknown {
  const known = new Map<string, string>();
  const nameIn = (kind: string, text: string, make: (place: number) => string): string => {
    const name = known.get(text) ?? make([...known.keys()].filter((key) => kindOf(key) === kind).length);
    known.set(text, name);
    return name;
  };
  const readText = (text: string): string =>
    text
      .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, TOKEN)
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) =>
        nameIn(
          'uuid',
          id,
          (place) => `3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f6${(place + 7).toString(16).padStart(2, '0')}`,
        ),
      )
      .replaceAll(/\b([a-z]{2,4})_(01[0-9a-z]{24}|stuck)\b/g, (id: string, kind: string) =>
        nameIn(
          kind,
          id,
          (place) => `${kind}_01kb3z8q4yf6dvkwm2t5n9cr${'789abcdefghjkmnpqrstvwxyz'[place] ?? '0'}e`,
        ),
      )
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => likeTime(Date.parse(time) - at))
      // In sentences, to the minute: the middle of it counts.
      .replaceAll(/(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/g, (_, day: string, time: string) =>
        likeTime(Date.parse(`${day}T${time}Z`) + 30_000 - at).replace(/^(.{10})T(.{5}).*$/, '$1 $2 UTC'),
      )
      .replaceAll(/\bpolar_(c|dl)_\w{43}/g, `polar_$1_${SECRET.replaceAll(/\W/g, '')}`)
      .replaceAll(/FLOE-SANDBOX-[A-Z]{8}-/g, 'FLOE-SANDBOX-QUAYSIDE-')
      .replaceAll(/\bRCPT-[A-Z]{8}-/g, 'RCPT-QUAYSIDE-')
      .replaceAll(/\*{4}-[0-9A-F]{6}/g, '****-E5F607')
      .replaceAll(/whsec_[\w+/=]+/g, `whsec_${SECRET}=`)
      .replaceAll(/(?<![\w-])[\w-]{43}(?![\w-])/g, SECRET)
      .replaceAll(/(?<=floe_\w\w_\w+_)[\w-]{43}(?![\w-])/g, SECRET);
  const read = (value: unknown, name = ''): unknown => {
    if (value !== null && Object.hasOwn(UNSTEADY, name) && typeof value !== 'object') return UNSTEADY[name];
    if (typeof value === 'string') return readText(value);
    if (Array.isArray(value)) return value.map((each) => read(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [readText(key), read(each, key)]));
  };
  return read(answer);
}

function kindOf(id: string): string {
  return id.includes('_') ? (id.split('_', 1)[0] ?? '') : 'uuid';
}

function likeTime(distance: number): string {
  const nearest = DISTANCES.toSorted((a, b) => far(a, distance) - far(b, distance))[0] ?? 0;
  return new Date(EXAMPLE_TIME + Math.sign(distance) * nearest).toISOString();
}

/** How far two distances are from each other, counted in factors. */
function far(one: number, distance: number): number {
  return Math.abs(Math.log(Math.max(one, 60_000)) - Math.log(Math.max(Math.abs(distance), 60_000)));
}
