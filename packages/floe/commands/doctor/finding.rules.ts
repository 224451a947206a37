import type { Diagnosis, Finding } from '../../gateway/operator-api.ts';

/** What the command looks for itself: what the gateway cannot see of itself. */
export const OUTSIDE_CODES = [
  'gateway_unknown_name',
  'gateway_unreachable',
  'gateway_tls',
  'gateway_redirects',
  'gateway_other_address',
  'gateway_settings',
  'gateway_foreign',
  'operator_token_refused',
  'own_clock_differs',
  'version_differs',
] as const;
export type OutsideCode = (typeof OUTSIDE_CODES)[number];

/** All that is known of a gateway: from inside, unless it does not answer, and from here. */
export interface Report {
  status: 'ok' | 'problems';
  version: string | null;
  checked_at: string;
  data: Finding[];
  not_applicable: Diagnosis['not_applicable'];
  checked: string[];
  /** Codes that were found and are not to be said. */
  ignored: string[];
  /** With `--fix`. */
  mended?: { code: string; mode: string | null; outcome: string; detail: string }[];
}

/** A finding of this machine's. */
export function fromOutside(
  gateway: string,
  code: OutsideCode,
  said: Pick<Finding, 'severity' | 'title' | 'detail' | 'mend'> & { target?: string },
): Finding {
  return {
    code,
    mode: null,
    app: null,
    fixable: false,
    docs: `${gateway}/docs/doctor#from-outside`,
    ...said,
    target: said.target ?? null,
  };
}

/** What a person wants to be told: of one mode, and without some codes. */
export function choose(
  report: Omit<Report, 'ignored'>,
  { mode, ignore = [] }: { mode?: string | undefined; ignore?: readonly string[] | undefined },
): Report {
  const ofMode = report.data.filter((each) => mode === undefined || each.mode === null || each.mode === mode);
  const data = ofMode.filter(({ code }) => !ignore.includes(code));
  const ignored = ofMode.filter(({ code }) => ignore.includes(code)).map(({ code }) => code);
  return { ...report, data, ignored: [...new Set(ignored)], status: data.length === 0 ? 'ok' : 'problems' };
}

/** `2 errors and 1 warning`. */
export function summarize(findings: readonly Finding[]): string {
  const of = (severity: Finding['severity'], one: string, many = `${one}s`) => {
    const count = findings.filter((each) => each.severity === severity).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  };
  const parts = [
    ...of('error', 'error'),
    ...of('warning', 'warning'),
    ...of('unknown', 'check that could not be made', 'checks that could not be made'),
  ];
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** The same thing said of many checks, such as that Polar is away, is said once. */
export function groupUnknown(
  findings: readonly Finding[],
): { codes: string[]; detail: string; mend: string }[] {
  const unknown = findings.filter(({ severity }) => severity === 'unknown');
  // Node 20 has no `Map.groupBy`.
  return [...new Set(unknown.map(({ detail }) => detail))].map((detail) => {
    const each = unknown.filter((finding) => finding.detail === detail);
    return { detail, mend: each[0]?.mend ?? '', codes: [...new Set(each.map(({ code }) => code))] };
  });
}
