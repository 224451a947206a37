import type { Finding, Skipped } from './rule.rules.ts';
import type { Setting } from './settings.rules.ts';

/* What an audit found, as people read it, and as pull requests show it. */

export interface Report {
  mode: string;
  findings: readonly Finding[];
  skipped: readonly Skipped[];
  /** Undefined: Polar was not asked, or does not say. */
  settings: { organization: string; all: readonly Setting[] } | undefined;
}

const NONE = 'The catalogue keeps to all conventions.';

/** For a terminal. */
export function toText({ mode, findings, skipped, settings }: Report): string[] {
  const widest = Math.max(0, ...(settings?.all ?? []).map(({ name }) => name.length));
  return [
    ...(findings.length === 0 ? [NONE] : []),
    ...findings.flatMap(({ severity, code, message, mend, file, line }) => [
      `${severity} ${code}: ${message}`,
      ...(line === undefined ? [] : [`  ${file}:${line}`]),
      `  ${mend}`,
    ]),
    ...skipped.map(({ code, why }) => `skipped ${code}: ${why}`),
    ...(settings === undefined
      ? []
      : [
          '',
          `Polar’s settings of ${settings.organization} (${mode}):`,
          ...settings.all.map(({ name, value }) => `  ${name.padEnd(widest)}  ${value}`),
        ]),
  ];
}

/** For a comment on a pull request. */
export function toMarkdown({ mode, findings, skipped, settings }: Report): string {
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
    settings === undefined
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
