import type { Services } from '../../base/services.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import type { PolarActivation } from '../../polar/license-keys.rules.ts';
import { fetchRefused, findKey, type FoundKey, readKey } from './find-key.ts';
import type { OpenQuestion } from './guarded-question.ts';
import {
  decideKey,
  findActivation,
  isPlain,
  type LicenseCode,
  type LicenseQuestion,
} from './license-code.rules.ts';
import { type RememberedKey, summarize } from './remembered.ts';
import { NOES, requireNo } from './require-no.ts';

/** What is said of a key. */
export interface LicenseAnswer {
  code: LicenseCode;
  /** Undefined for `not_found`. */
  key: RememberedKey | undefined;
  activation: PolarActivation | undefined;
  /** Before Polar was asked, milliseconds. */
  checkedAt: number;
}

/** Asks Polar about a key, without counting a usage. @throws {Problem} `polar_…` */
export async function askKey(
  app: AppRow,
  { asking, known }: Pick<OpenQuestion, 'asking' | 'known'>,
  text: string,
  question: LicenseQuestion,
): Promise<LicenseAnswer> {
  const startedAt = asking.now();
  const found = await findKey(asking, app, text, known);
  if (!found) return notFound(startedAt);
  const code = decideKey(found.key, question, asking.now());
  if (code !== 'valid' || isPlain(question)) return answerOf(found, code, question);
  return askPolar(asking, app, found, question);
}

/**
 * Has Polar decide about what only it knows, an activation's conditions, and counts what is to be counted. Polar has one status for
 * several kinds of no, so that a no is explained from the key as it is then. When this throws, the usage may be counted.
 * @throws {Problem} `polar_…`
 */
export async function askPolar(
  asking: Services,
  app: AppRow,
  found: FoundKey,
  { activationId, conditions, benefitId, incrementUsage }: LicenseQuestion,
): Promise<LicenseAnswer> {
  const question = { activationId, conditions, benefitId, incrementUsage };
  const asked = await asking.polar(app.mode).validateLicenseKey({
    key: found.key.key,
    ...(activationId === undefined ? {} : { activation_id: activationId }),
    ...(benefitId === undefined ? {} : { benefit_id: benefitId }),
    ...(incrementUsage === 0 ? {} : { increment_usage: incrementUsage }),
    ...(Object.keys(conditions).length === 0 ? {} : { conditions }),
  });
  if (asked.ok) {
    const { key, readAt } = readKey(asked.value);
    // Polar shows no activations here; those that were read a moment ago are as good.
    return answerOf({ key: { ...key, activations: found.key.activations }, readAt }, 'valid', question);
  }
  requireNo(asked.error, NOES.validate);
  const after = await fetchRefused(asking, app.mode, found.key.id);
  if (!after) return notFound(found.readAt);
  const code = decideKey(after.key, question, asking.now());
  return answerOf(after, code === 'valid' ? codeOfRefusal(asked.error.status) : code, question);
}

/** Of a key that looks good: Polar answers 400 when too little usage is left, and else it is the conditions. */
function codeOfRefusal(status: number): LicenseCode {
  return status === 400 ? 'usage_exceeded' : 'conditions_mismatch';
}

export function notFound(checkedAt: number): LicenseAnswer {
  return { code: 'not_found', key: undefined, activation: undefined, checkedAt };
}

/** An activation is shown only of a question that names it. */
export function answerOf(
  { key, readAt }: FoundKey,
  code: LicenseCode,
  { activationId }: Pick<LicenseQuestion, 'activationId'>,
): LicenseAnswer {
  return { code, key: summarize(key), activation: findActivation(key, activationId), checkedAt: readAt };
}
