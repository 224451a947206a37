import type { Finding, Skipped } from './rule.rules.ts';
import type { Setting } from './settings.rules.ts';

/* What an audit found, as people read it, and as pull requests show it. */

export interface Report {
  mode: string;
  findings: readonly Finding[];
  skipped: readonly Skipped[];
  /** Null: Polar was not asked, or does not say. */
  settings: { organization: string; all: readonly Setting[] } | null;
}

const NONE = 'The catalogue keeps to all conventions.';

/** For a terminal. */
export const toText = (reports: readonly Report[]): string[] =>
  reports.flatMap((report) => [...(reports.length === 1 ? [] : [`${report.mode}:`]), ...textOf(report)]);

function textOf({ mode, findings, skipped, settings }: Report): string[] {
  const widest = Math.max(0, ...(settings?.all ?? []).map(({ name }) => name.length));
  return [
    ...(findings.length === 0 ? [NONE] : []),
    ...findings.flatMap(({ severity, code, message, mend, file, line }) => [
      `${severity} ${code}: ${message}`,
      ...(line === undefined ? [] : [`  ${file}:${line}`]),
      `  ${mend}`,
    ]),
    ...skipped.map(({ code, why }) => `skipped ${code}: ${why}`),
    ...(settings === null
      ? []
      : [
          '',
          `Polar’s settings of ${settings.organization} (${mode}):`,
          ...settings.all.map(({ name, value }) => `  ${name.padEnd(widest)}  ${value}`),
        ]),
  ];
}

/** For a comment on a pull request. */
export const toMarkdown = (reports: readonly Report[]): string =>
  reports
    .map((report) =>
      [...(reports.length === 1 ? [] : [`#### ${report.mode}`]), markdownOf(report)].join('\n\n'),
    )
    .join('\n\n');

function markdownOf({ mode, findings, skipped, settings }: Report): string {
  const rows = findings.map(
    ({ severity, code, message, mend, file, line }) =>
      `| ${severity} | \`${code}\` | ${cell(message)} | ${line === undefined ? '' : cell(`${file}:${line}`)} | ${cell(mend)} |`,
  );
  const found =
    rows.length === 0
      ? NONE
      : ['| | rule | found | where | to mend it |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
  const not = skipped.map(({ code, why }) => `- \`${code}\` was not checked: ${cell(why)}`).join('\n');
  const shown =
    settings === null
      ? ''
      : [
          `<details><summary>Polar’s settings of ${cell(settings.organization)} (${mode})</summary>`,
          '',
          '| setting | |',
          '| --- | --- |',
          ...settings.all.map(({ name, value }) => `| ${cell(name)} | ${cell(value)} |`),
          '',
          '</details>',
        ].join('\n');
  return [found, not, shown].filter((part) => part !== '').join('\n\n');
}

/** What a cell may hold: no bar ends it, and nothing in it is HTML or a mention. */
const cell = (text: string) =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|<>*_`[\]]/g, String.raw`\$&`)
    .replaceAll('@', '@\u200b');
