import { nameHeadings } from '../../cli/docs/anchors.ts';

/*
 * Where references lead. A comment or a page cites a section of `packages/polar-simulator/FACTS.md` ("§1.8"), a decision, or a rule of
 * `docs/rules.md` by its number, and a page links to others. All of it must be in the repository.
 */

/** What can be cited, and what can be linked to. */
export interface Places {
  /** The text below each numbered heading of `packages/polar-simulator/FACTS.md`, without those below it. */
  sections: ReadonlyMap<string, string>;
  /** Numbers with a file in `docs/adr` and a line in its index. */
  decisions: ReadonlySet<string>;
  /** The headings of `docs/rules.md` up to their full stop, in lower case: `trust rule 3`. */
  rules: ReadonlySet<string>;
}

/** The headings of a page that begin with a number: the text below each. */
export function readSections(page: string): Map<string, string> {
  const parts = page.split(/^#+ (\d+(?:\.\d+)?)\.? /m);
  return new Map(
    parts.flatMap((number, index) => (index % 2 === 1 ? [[number, parts[index + 1] ?? '']] : [])),
  );
}

/** The rules that have a heading. */
export function readRules(page: string): Set<string> {
  return new Set(
    [...page.matchAll(/^### ((?:Invariant|Trust rule) \d+)\. /gm)].map(([, name = '']) => name.toLowerCase()),
  );
}

const NUMBERS = String.raw`(\d+(?:(?:, | and |–)\d+)*)`;
const SECTION = /(RFC \d+,? )?§ ?(\d+(?:\.\d+)*)(?:[–-]§? ?(\d+(?:\.\d+)*))?(?: "([^"]+)")?/g;
const DECISION = new RegExp(String.raw`\bADRs? ${NUMBERS}`, 'g');
const RULE = new RegExp(String.raw`\b(invariant|trust rule)s? ${NUMBERS}`, 'gi');

/** The references of a text that lead nowhere, as they are written. A section of an RFC has the RFC's name before it. */
export function deadReferences(text: string, { sections, decisions, rules }: Places): string[] {
  const line = unwrap(text);
  const numbers = (list = '') => list.split(/, | and |–/);
  return [
    ...[...line.matchAll(SECTION)].filter(([, rfc, from = '', to = from, title = '']) => {
      if (rfc !== undefined) return false;
      const below = sections.get(from);
      return below === undefined || !sections.has(to) || !below.toLowerCase().includes(title.toLowerCase());
    }),
    ...[...line.matchAll(DECISION)].filter(([, list]) => numbers(list).some((each) => !decisions.has(each))),
    ...[...line.matchAll(RULE)].filter(([, kind = '', list]) =>
      numbers(list).some((each) => !rules.has(`${kind.toLowerCase()} ${each}`)),
    ),
  ].map(([written]) => written);
}

/** A comment of several lines as one: what is cited may stand behind a line break. */
function unwrap(text: string): string {
  return text.replaceAll(/\s*\n\s*(?:\*(?!\/)|\/\/|#(?!#)|--)?\s*/g, ' ');
}

/** What a page links to, except other sites and addresses of a site's own. */
export function relativeLinks(page: string): string[] {
  const prose = withoutCode(page);
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g)];
  const named = [...prose.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)/gm)];
  return [...inline, ...named]
    .map(([, target = '']) => target)
    .filter((target) => !/^(?:[a-z][a-z+.-]*:|\/)/i.test(target));
}

/** Links whose words are a decision's number, and whose file is another's: `[ADR 5](adr/0006-….md)`. */
export function misnamedDecisions(page: string): string[] {
  return [...page.matchAll(/\[(?:ADR )?(\d+)\]\((?:[^)]*\/)?(\d{4})-[^)]+\.md\)/g)]
    .filter(([, said, meant]) => Number(said) !== Number(meant))
    .map(([link]) => link);
}

/** What `#…` can name in a page, as GitHub and `/docs` make it of the headings. */
export function anchorsOf(page: string): Set<string> {
  const nameHeading = nameHeadings();
  const headings = page.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set([...headings].map(([, heading = '']) => nameHeading(heading)));
}

function withoutCode(page: string): string {
  return page.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}
