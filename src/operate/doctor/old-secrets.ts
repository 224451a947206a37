import type { Mode } from '../../base/mode.rules.ts';
import type { AgedSecret } from '../secrets/known-secrets.ts';
import type { Finding } from './check.ts';
import type { Evidence } from './evidence.ts';
import { span, time } from './words.rules.ts';

const OLD_AFTER_MS = 365 * 24 * 60 * 60_000;

/**
 * Whether the newest secret of a purpose is more than a year old. Its age counts from when this gateway first ran with it:
 * nothing else says when it was made.
 */
export async function findOldSecret(
  evidence: Evidence,
  purpose: AgedSecret['purpose'],
  { mode, mend }: { mode: Mode | null; mend: string },
): Promise<Finding[]> {
  const ofPurpose = (await evidence.secrets()).filter(
    (each) => each.purpose === purpose && each.mode === mode,
  );
  const [newest] = ofPurpose.toSorted((a, b) => b.since - a.since);
  if (!newest || evidence.now - newest.since <= OLD_AFTER_MS) return [];
  const age = span(evidence.now - newest.since);
  return [
    {
      target: newest.setting,
      detail: `The gateway has run with the same ${newest.setting} since ${time(newest.since)}, ${age} ago.`,
      mend,
    },
  ];
}
