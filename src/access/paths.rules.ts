import { foldAccents, foldCase, readForwardedPath } from './forwarded-path.rules.ts';
import { fail, ok, type Result } from '../base/result.rules.ts';

/*
 * Which resource a path needs, by a proxy's configuration: `/courses/git:content:courses/git/*`. The longest prefix
 * wins, by whole segments; a path that no prefix covers is refused (ADR 36).
 */

export interface PathRule {
  /** Without a slash at its end; '' covers every path. */
  prefix: string;
  /** The resource; null: the path is public. */
  resource: string | null;
  /** The rest of the path behind the prefix is appended to the resource. */
  takesRest: boolean;
}

export type AskedFor = { kind: 'public' } | { kind: 'resource'; resource: string } | { kind: 'refused' };

/** Reads `<prefix>:<resource>`. The error is a text for the person who configures the proxy. */
export function readPathRule(text: string): Result<PathRule, string> {
  const at = text.indexOf(':');
  const prefix = readPrefix(at < 0 ? '' : text.slice(0, at));
  if (prefix === undefined) return fail('Must be <path prefix>:<resource>, such as /blog:content:blog/*.');
  const resource = text.slice(at + 1);
  if (resource === '' || /\s/.test(resource)) return fail('Must name a resource behind the path prefix.');
  // A star at the end, behind `:` or `/`, stands for the rest of the path.
  const takesRest = /[:/]\*$/.test(resource);
  const base = takesRest ? resource.slice(0, -1) : resource;
  return base.includes('*')
    ? fail('May have one * at the very end of the resource, behind : or /.')
    : ok({ prefix, resource: base, takesRest });
}

/** Reads the prefix of a public rule. */
export function readPublicRule(text: string): Result<PathRule, string> {
  const prefix = readPrefix(text);
  return prefix === undefined
    ? fail('Must be a plain path prefix such as /assets.')
    : ok({ prefix, resource: null, takesRest: false });
}

/**
 * Whether two rules have the same prefix, ignoring case, so that it is unclear which one wins. Prefixes that differ by
 * accents count as two, since the configuration names both.
 */
export function areAmbiguous(rules: readonly PathRule[]): boolean {
  return new Set(rules.map(({ prefix }) => foldCase(prefix))).size < rules.length;
}

/**
 * What an accepted path needs. Refused are paths that no rule covers, and paths that resemble a gated prefix
 * (`/Premium`, `/prémium`, `/premium.html` beside `/premium`), since the site may take one for the other. A rule that
 * names such a path allows it.
 */
export function askedFor(path: string, rules: readonly PathRule[]): AskedFor {
  const [best] = rules
    .filter(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  if (!best) return { kind: 'refused' };
  if ([foldCase, foldAccents].some((fold) => isImitation(path, best, rules, fold)))
    return { kind: 'refused' };
  if (best.resource === null) return { kind: 'public' };
  const rest = path.slice(best.prefix.length + 1).replace(/\/$/, '');
  if (!best.takesRest) return { kind: 'resource', resource: best.resource };
  return {
    kind: 'resource',
    resource: rest === '' ? best.resource.replace(/\/$/, '') : best.resource + rest,
  };
}

/** Whether the folded path resembles a gated prefix other than that of its own rule. */
function isImitation(
  path: string,
  best: PathRule,
  rules: readonly PathRule[],
  fold: (path: string) => string,
): boolean {
  const [foldedPath, foldedBest] = [fold(path), fold(best.prefix)];
  return rules.some(({ prefix, resource }) => {
    const gated = fold(prefix);
    return resource !== null && isAlike(foldedPath, gated) && !isAlike(foldedBest, gated);
  });
}

/** Whether the path is beneath the prefix, or the prefix with something behind it that a server may drop. */
function isAlike(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && !/^[\p{L}\p{N}_-]/u.test(path.slice(prefix.length));
}

function readPrefix(text: string): string | undefined {
  return text.includes('?') ? undefined : readForwardedPath(text)?.replace(/\/$/, '');
}
