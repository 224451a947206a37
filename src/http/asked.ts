import { Problem } from '../base/problem.ts';
import {
  type Named,
  type NamedSubject,
  readNamed,
  readOwn,
  type Subject,
  type WrongName,
} from '../base/subject.rules.ts';
import type { Caller } from './identify-caller.ts';

/**
 * Whom a question is about: a secret key names a customer, a session speaks for its own. Undefined for a session of nobody.
 * @throws {Problem} `validation_failed`, naming the field in `where`
 */
export function whoIsAsked(caller: Caller<'secret'>, named: Named, where: 'query' | 'body'): NamedSubject;
export function whoIsAsked(
  caller: Caller<'secret' | 'session'>,
  named: Named,
  where: 'query' | 'body',
): Subject | undefined;
export function whoIsAsked(
  caller: Caller<'secret' | 'session'>,
  named: Named,
  where: 'query' | 'body',
): Subject | undefined {
  const asked = caller.kind === 'session' ? readOwn(caller.session, named) : readNamed(named);
  if (!asked.ok) throw refuse(asked.error, where);
  return asked.value;
}

function refuse({ field, message }: WrongName, where: string): Problem {
  const path = `${where}.${field}`;
  return new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
