import type { Catalog } from '../model/catalog.rules.ts';
import type { Place } from '../source/places.rules.ts';
import type { Config } from '../source/config.rules.ts';
import type { Wire } from '../there/polar-objects.rules.ts';
import type { There } from '../there/there.rules.ts';
import type { Facts, Known } from './facts.rules.ts';

/* What a rule of `floe catalog audit` is. */

/** What is looked at. */
export interface Subject {
  config: Config;
  /** Of the configuration, as it is shown. */
  file: string;
  wanted: Catalog;
  /** Undefined: the files alone are checked. */
  there: There | undefined;
  /** Everything that the organization has, also what is others'. */
  wire: Wire | undefined;
  /** Those that were asked for and are known. */
  facts: Partial<Facts>;
}

/** What a rule cannot do without: what Polar has, or something that has to be asked for by itself. */
export type Need = 'there' | keyof Facts;

const SEVERITIES = ['error', 'warning', 'note'] as const;
type Severity = (typeof SEVERITIES)[number];

/** What a rule says of one thing. */
export interface Remark {
  /** What people know it by: `quay:monthly`. */
  about: string;
  /** The entry of the catalogue, by `placeOf`, where there is one: it says where in the files it stands. */
  entry?: string | undefined;
  /** One sentence: what is so, and not what should be. */
  message: string;
}

export interface Rule {
  /** Stable: off switches and pull requests name it. */
  code: string;
  /** An error stops a push as well. */
  severity: Severity;
  title: string;
  /** Why it matters. */
  reason: string;
  /** What to do. */
  mend: string;
  needs?: readonly Need[];
  check: (subject: Subject) => Remark[];
}

export interface Finding extends Remark, Omit<Rule, 'check' | 'needs'> {
  file: string;
  line: number | undefined;
}

/** A rule that could not be checked, and why. */
export interface Skipped {
  code: string;
  why: string;
}

/** Where an entry of the catalogue stands in the files, by `placeOf`. */
type FindPlace = (entry: string) => Place | undefined;

/** The rules that are not switched off. */
export const rulesOn = (rules: readonly Rule[], config: Config): Rule[] =>
  rules.filter(({ code }) => !config.audit.off.includes(code));

/** What rules find, the worst first, and which of them could not be checked. `unknown`: why something is not known. */
export function audit(
  rules: readonly Rule[],
  subject: Subject,
  {
    unknown = {},
    findPlace = () => undefined,
  }: { unknown?: Partial<Record<Need, string>>; findPlace?: FindPlace } = {},
): { findings: Finding[]; skipped: Skipped[] } {
  const skipped: Skipped[] = [];
  const findings = rulesOn(rules, subject.config).flatMap(({ check, needs = [], ...rule }) => {
    const missing = needs.find((need) => !isKnown(subject, need));
    if (missing !== undefined) {
      skipped.push({ code: rule.code, why: unknown[missing] ?? 'the files alone were checked' });
      return [];
    }
    return check(subject).map((remark): Finding => {
      const place = remark.entry === undefined ? undefined : findPlace(remark.entry);
      return { ...rule, ...remark, ...(place ?? { file: subject.file, line: undefined }) };
    });
  });
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return { findings: findings.toSorted((a, b) => rank(a) - rank(b)), skipped };
}

const isKnown = ({ there, facts }: Subject, need: Need) =>
  need === 'there' ? there !== undefined : facts[need] !== undefined;

/** Codes of off switches that no rule has: a mistake that would go unnoticed. */
export const unknownCodes = (rules: readonly Rule[], off: readonly string[]): string[] =>
  off.filter((code) => !rules.some((rule) => rule.code === code));

/** Sorts answers into what is known and why the rest is not. */
export function sortFacts(answers: readonly (readonly [keyof Facts, Known<unknown>])[]): {
  facts: Partial<Facts>;
  unknown: Partial<Record<Need, string>>;
} {
  const facts: Record<string, unknown> = {};
  const unknown: Partial<Record<Need, string>> = {};
  for (const [name, answer] of answers)
    if ('why' in answer) unknown[name] = answer.why;
    else facts[name] = answer.value;
  return { facts, unknown };
}
