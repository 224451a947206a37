import type * as z from 'zod';
import { nearest } from './near-words.rules.ts';

/* What a schema finds, as somebody who wrote a file wants to hear it: where it is, and what is wanted there. */

/** One mistake of a field. */
interface PlainIssue {
  path: readonly PropertyKey[];
  message: string;
}

interface Found extends PlainIssue {
  /** What stands there is of another kind altogether: a text where a list is wanted. */
  isOfOtherKind?: boolean;
}

type Issue = z.core.$ZodIssue;

/** `known`: the fields that are known at a path, for those that are not. Issues are read with `reportInput`. */
export const plainIssues = (
  issues: readonly Issue[],
  known: (path: readonly PropertyKey[]) => readonly string[] = () => [],
): PlainIssue[] =>
  issues.flatMap((issue) => plain(issue, known)).map(({ path, message }) => ({ path, message }));

function plain(issue: Issue, known: (path: readonly PropertyKey[]) => readonly string[]): Found[] {
  const { path, message } = issue;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const meant = nearest(key, known(path));
        return { path: [...path, key], message: `is no field${meant === undefined ? '' : `; ${meant} is`}` };
      });
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? message }];
    case 'invalid_type':
      if (isMissing(issue)) return [{ path, message: 'is missing', isOfOtherKind: true }];
      return [{ path, message: wanted(message, issue.expected), isOfOtherKind: true }];
    case 'invalid_value':
      return [{ path, message: oneOf(issue.values.map(String)) }];
    case 'invalid_union':
      if ('options' in issue) return [{ path, message: oneOf((issue.options as unknown[]).map(String)) }];
      if (isMissing(issue)) return [{ path, message: 'is missing', isOfOtherKind: true }];
      return ofUnion(issue.errors, known, message).map((each) => ({
        ...each,
        path: [...path, ...each.path],
      }));
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'too_big':
    case 'too_small':
    case 'custom':
      return [{ path, message }];
  }
}

/** Known only of what was read with `reportInput`. */
const isMissing = (issue: Issue) => 'input' in issue && issue.input === undefined;

/** Of several forms the one that was meant: of its kind, and with the least that is wrong. */
function ofUnion(
  errors: readonly (readonly Issue[])[],
  known: (path: readonly PropertyKey[]) => readonly string[],
  message: string,
): Found[] {
  const forms = errors
    .filter((form) => !form.some(lacksDiscriminator))
    .map((form) => ({
      found: form.flatMap((issue) => plain(issue, known)),
      hasOddNames: form.some(({ code }) => code === 'invalid_key'),
    }));
  const [meant] = forms
    .filter(({ found }) => !found.some(({ path, isOfOtherKind }) => isOfOtherKind && path.length === 0))
    .toSorted((a, b) => Number(a.hasOddNames) - Number(b.hasOddNames) || a.found.length - b.found.length);
  return meant?.found ?? forms[0]?.found ?? [{ path: [], message }];
}

/** `{ usd: 500 }` has no `amount_type`, and is not meant as what has one. */
const lacksDiscriminator = (issue: Issue) =>
  issue.code === 'invalid_union' &&
  'discriminator' in issue &&
  !Object.hasOwn(Object(issue.input) as object, String(issue.discriminator));

const oneOf = (values: readonly string[]) =>
  `must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}`;

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'fields, as { name: value }',
  record: 'fields, as { name: value }',
};

/** The schema’s own words, where it has some. */
const wanted = (message: string, expected: string) =>
  message.startsWith('Invalid input') && expected in KINDS ? `must be ${KINDS[expected]}` : message;
