import type { $ZodErrorMap } from 'zod/v4/core';

/*
 * Says what a field must be, for schemas without a message of their own, so that every refusal says what would be
 * accepted.
 */

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
  undefined: 'left out',
  never: 'left out',
};
const UNITS: Record<string, string> = { string: ' characters', array: ' entries', set: ' entries' };

/** The sentence for an issue that a schema has no message for. */
export const describeIssue: $ZodErrorMap = (issue) => {
  // oxlint-disable-next-line switch-exhaustiveness-check -- the other issues come with no bounds to tell
  switch (issue.code) {
    case 'invalid_type': {
      const kind = TYPES[issue.expected] ?? issue.expected;
      return issue.input === undefined ? `Is needed: ${kind}.` : `Must be ${kind}.`;
    }
    case 'invalid_value': {
      const allowed = `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}.`;
      return issue.input === undefined ? `Is needed: ${allowed}` : `Must be ${allowed}`;
    }
    case 'too_big':
      return `Must ${measure(issue.origin, `at most ${issue.maximum}`)}.`;
    case 'too_small':
      return `Must ${measure(issue.origin, `at least ${issue.minimum}`)}.`;
    case 'unrecognized_keys':
      return 'This field is not known here.';
    case 'invalid_format':
      return `Must be of the form ${issue.format}.`;
    default:
      return 'This is none of the forms that are taken here. See /docs.';
  }
};

function measure(origin: string, bound: string): string {
  const unit = UNITS[origin];
  return unit === undefined ? `be ${bound}` : `have ${bound}${unit}`;
}
