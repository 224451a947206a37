import { isNew, otherSetting, type SecretView } from './settings.rules.ts';

/** A webhook endpoint of Polar's at the gateway's address. */
export interface PolarEndpoint {
  id: string;
  enabled: boolean;
  events: readonly string[];
  createdAt: number;
  secret: string;
  /** The name that the gateway gives the secret. */
  name: string;
}

export type WebhookStep =
  /** A new secret is made and put into this setting, then an endpoint with it is registered. */
  | { kind: 'begin'; setting: string; events: readonly string[] }
  /** The secret of this endpoint is put into this setting. */
  | { kind: 'learn'; setting: string; endpoint: PolarEndpoint }
  | { kind: 'enable'; endpoint: PolarEndpoint; events: readonly string[] }
  | { kind: 'wait'; until: number; why: string }
  /** These endpoints are deleted at Polar. */
  | { kind: 'retire'; endpoints: readonly PolarEndpoint[] }
  | { kind: 'remove'; setting: string }
  | { kind: 'refuse'; why: string; hint: string }
  | { kind: 'done'; why: string };

/** Polar's last try of an event is at most 34 minutes after its first. */
const OVERLAP_MS = 40 * 60_000;

/**
 * The next step of a rotation of one mode's webhook secret. Polar can only reset a secret, at once, so a second endpoint at the same address takes over: for a while
 * Polar sends everything by both, each signed with a secret that the gateway knows, and an event that comes twice is told once. `secrets`: those of the
 * mode, as the gateway has them.
 */
export function nextWebhookStep(
  secrets: readonly SecretView[],
  endpoints: readonly PolarEndpoint[],
  { now, again, setting }: { now: number; again: boolean; setting: string },
): WebhookStep {
  const settingsOf = (name: string) => secrets.filter((secret) => secret.name === name);
  const isKnown = ({ name }: PolarEndpoint) => settingsOf(name).length > 0;
  const byAge = endpoints.toSorted((a, b) => b.createdAt - a.createdAt);
  const [newest, ...older] = byAge;
  if (!newest)
    return {
      kind: 'refuse',
      why: 'Polar has no webhook endpoint with this gateway’s address.',
      hint: 'floe doctor --fix registers it.',
    };
  const used = new Set(
    secrets.filter(({ name }) => endpoints.some((each) => each.name === name)).map((each) => each.setting),
  );
  const free = [setting, otherSetting(setting)].find((slot) => !used.has(slot));
  if (!isKnown(newest))
    return free === undefined
      ? {
          kind: 'refuse',
          why: 'Polar has three endpoints with this address, and the gateway does not know the secret of the newest.',
          hint: `Delete it at Polar: ${newest.id}`,
        }
      : { kind: 'learn', setting: free, endpoint: newest };
  if (older.length > 0) {
    if (older.some(({ name }) => name === newest.name))
      return {
        kind: 'refuse',
        why: 'Polar has two endpoints with this address and one secret.',
        hint: `Delete one of them at Polar: ${byAge.map(({ id }) => id).join(' or ')}`,
      };
    const events = [...new Set(byAge.flatMap((each) => each.events))];
    if (!newest.enabled || events.some((type) => !newest.events.includes(type)))
      return { kind: 'enable', endpoint: newest, events };
    const until = newest.createdAt + OVERLAP_MS;
    if (now < until)
      return {
        kind: 'wait',
        until,
        why: 'Polar sends each event with both secrets, until nothing that was sent before is tried again.',
      };
    return { kind: 'retire', endpoints: older };
  }
  const own = settingsOf(newest.name);
  const [unused] = secrets.filter(({ name }) => name !== newest.name);
  const since = (each: SecretView) => Date.parse(each.since);
  const [inUse] = own;
  if (!inUse) throw new RangeError('A known secret has a setting.');
  if (unused) {
    // In one setting with the used one, it goes when that goes.
    const isAlone = unused.setting !== inUse.setting;
    if (isAlone && since(unused) <= since(inUse)) return { kind: 'remove', setting: unused.setting };
    // A newer one was put, and nobody has it any more: a rotation that was ended before it told Polar.
    return { kind: 'begin', setting: otherSetting(inUse.setting), events: newest.events };
  }
  if (isNew(inUse, now) && !again)
    return { kind: 'done', why: `The secret is new: the gateway has it since ${inUse.since}.` };
  return { kind: 'begin', setting: otherSetting(inUse.setting), events: newest.events };
}
