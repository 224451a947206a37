import type { Catalog } from '../model/catalog.rules.ts';
import type { Config } from '../source/config.rules.ts';
import type { There } from '../there/there.rules.ts';

/* What a rule of `floe catalog audit` is. */

/** What is looked at. A rule looks at what is there: without a token the source alone is checked. */
export interface Subject {
  config: Config;
  /** Of the configuration, as it is shown. */
  file: string;
  wanted: Catalog;
  there: There | undefined;
}

export type Severity = 'error' | 'warning' | 'note';

/** What a rule says of one thing. */
export interface Remark {
  /** What people know it by: `quay:monthly`. */
  about: string;
  /** One sentence: what is so, and not what should be. */
  message: string;
}

export interface Rule {
  /** Stable: off switches and pull requests name it. */
  code: string;
  severity: Severity;
  title: string;
  /** Why it matters. */
  reason: string;
  /** What to do. */
  mend: string;
  check: (subject: Subject) => Remark[];
}

export interface Finding extends Remark, Omit<Rule, 'check'> {
  file: string;
  line: number | undefined;
}

/** What rules find, the worst first. `off`: codes that are not wanted. `lineOf`: where in the configuration something stands. */
export function audit(
  rules: readonly Rule[],
  subject: Subject,
  lineOf: (about: string) => number | undefined = () => undefined,
): Finding[] {
  const off = new Set(subject.config.audit.off);
  const findings = rules
    .filter(({ code }) => !off.has(code))
    .flatMap(({ check, ...rule }) =>
      check(subject).map((remark) => ({
        ...rule,
        ...remark,
        file: subject.file,
        line: lineOf(remark.about),
      })),
    );
  return findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

/** Codes of off switches that no rule has: a mistake that would go unnoticed. */
export const unknownCodes = (rules: readonly Rule[], off: readonly string[]): string[] =>
  off.filter((code) => !rules.some((rule) => rule.code === code));
