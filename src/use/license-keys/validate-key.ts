import { revocationsHeard } from '../../base/heard-revocations.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import { log } from '../../base/log.ts';
import type { Services } from '../../base/services.ts';
import { askKey, type LicenseAnswer } from './ask-key.ts';
import { countUsage, type UsageRequest } from './count-usage.ts';
import { giveBackGuess } from './guesses.rows.ts';
import {
  asGuess,
  type Asker,
  letGo,
  openQuestion,
  type Opened,
  type OpenQuestion,
  orUnavailable,
  partsGivenBack,
  slotOf,
} from './guarded-question.ts';
import { forgetCheck, keepCheck, readCheck, releaseCheck, type Slot } from './license-checks.rows.ts';
import { isPlain, type LicenseQuestion } from './license-code.rules.ts';
import { forgetRemembered, isUsable, recall, remember, type RememberedYes, yesOf } from './remembered.ts';

/** One asks Polar for at most so long. A second try after 429 included. Milliseconds. */
const LEASE_MS = 25_000;
/** Others look again after this, so often; then they ask by themselves. Milliseconds. */
const LOOK_AGAIN_MS = 150;
const LOOKS = 20;

const AWAY = 'The licence key cannot be checked right now. Try again shortly.';

/**
 * Whether a key is good. A plain yes may be as old as `maxAge` (seconds); a no always comes from Polar, and so does everything
 * about an activation, its conditions and usage (ADR 95).
 * @throws {Problem} `unavailable`, `rate_limited`; with a usage also `idempotency_…`
 */
export function validateKey(
  services: Services,
  asker: Asker,
  asked: { key: string; question: LicenseQuestion; maxAge: number },
  request: UsageRequest,
): Promise<LicenseAnswer> {
  const { key: text, question, maxAge } = asked;
  if (question.incrementUsage > 0)
    return orUnavailable(
      countUsage(services, asker, { text, question }, request),
      'It is not known yet whether the usage was counted. Ask again with the same Idempotency-Key.',
    );
  const answering = isPlain(question)
    ? validatePlain(services, asker, { text, question, maxAge })
    : asGuess(services, asker, text, (open) => askKey(asker.app, open, text, question));
  return orUnavailable(answering, AWAY);
}

interface PlainQuestion {
  text: string;
  question: LicenseQuestion;
  maxAge: number;
}

async function validatePlain(services: Services, asker: Asker, plain: PlainQuestion): Promise<LicenseAnswer> {
  const slot = await slotOf(asker.app, plain.text);
  const heard = revocationsHeard();
  const { maxAge, question } = plain;
  const answers = (yes: RememberedYes | undefined) =>
    yes && isUsable(yes, { maxAge, benefitId: question.benefitId, now: services.now() }) ? yes : undefined;
  const recalled = answers(recall(slot, services.now()));
  if (recalled) return yesAnswer(recalled);
  let row = await readCheck(services.database, slot);
  for (let looks = 0; ; looks++) {
    const kept = answers(yesOf(row));
    if (kept) {
      remember(slot, kept, heard, services.now());
      return yesAnswer(kept);
    }
    // Whoever wants it from Polar waits for nobody. Nor does waiting help where a yes is young enough, and of another benefit or over.
    const isYoung = services.now() - (yesOf(row)?.checkedAt ?? 0) < maxAge * 1000;
    const isWaiting = maxAge > 0 && looks < LOOKS && !isYoung;
    const isAsked = (row?.leaseUntil ?? 0) > services.now();
    const opened =
      isWaiting && isAsked
        ? ({ state: 'busy', row } as const)
        : await open(services, asker, { slot, row, plain }, isWaiting);
    if (opened.state === 'open') return askAndKeep(services, asker, { slot, plain, heard }, opened.question);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    row = await readCheck(services.database, slot);
  }
}

function open(
  services: Services,
  asker: Asker,
  { slot, row, plain }: { slot: Slot; row: Awaited<ReturnType<typeof readCheck>>; plain: PlainQuestion },
  isLeased: boolean,
): Promise<Opened> {
  const now = services.now();
  const stale = row?.isRevoked === 1 ? Number.MAX_SAFE_INTEGER : now - plain.maxAge * 1000 + 1;
  const lease = isLeased ? { until: now + LEASE_MS, stale } : undefined;
  return openQuestion(services, asker, { text: plain.text, slot, row }, lease);
}

/** Asks Polar, and remembers a yes before others are let in. */
async function askAndKeep(
  services: Services,
  { app }: Asker,
  { slot, plain, heard }: { slot: Slot; plain: PlainQuestion; heard: number },
  question: OpenQuestion,
): Promise<LicenseAnswer> {
  const { claim } = question;
  let answer: LicenseAnswer;
  try {
    answer = await askKey(app, question, plain.text, plain.question);
  } catch (error) {
    letGo(services, slot, claim);
    throw error;
  }
  const { key, code, checkedAt } = answer;
  const parts = partsGivenBack(claim, code);
  const isYes = code === 'valid' && key !== undefined;
  if (!isYes) forgetRemembered(slot);
  // Another benefit's question says nothing about the key itself.
  const kept = isYes
    ? [keepCheck(slot, app.mode, { licenseKeyId: key.id, answer: key, checkedAt })]
    : [code === 'wrong_product' ? releaseCheck(slot, claim.token) : forgetCheck(slot)];
  await runBatch(services.database, {
    kept,
    back: parts.length === 0 ? [] : [giveBackGuess(parts, claim.endsAt)],
  }).catch((error: unknown) => log('warn', 'the answer about a licence key was not kept', { error }));
  if (isYes) remember(slot, { key, checkedAt }, heard, services.now());
  return answer;
}

function yesAnswer({ key, checkedAt }: RememberedYes): LicenseAnswer {
  return { code: 'valid', key, activation: undefined, checkedAt };
}
