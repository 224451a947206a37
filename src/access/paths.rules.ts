import { foldAccents, foldCase, readForwardedPath } from './forwarded-path.rules.ts';
import { fail, ok, type Result } from '../base/result.rules.ts';

/*
 * Which resource a path stands for, in the words of a proxy's configuration: `/courses/git:content:courses/git/*`. The
 * longest prefix wins, by whole segments; what no prefix names is closed.
 */

export interface PathRule {
  /** Without a slash at its end; '' is everything. */
  prefix: string;
  /** The resource; null: anybody may have it. */
  resource: string | null;
  /** What follows the prefix goes to the resource's end. */
  takesRest: boolean;
}

export type AskedFor = { kind: 'public' } | { kind: 'resource'; resource: string } | { kind: 'refused' };

/** Reads `<prefix>:<resource>`, in words for whoever configures the proxy when it is none. */
export function readPathRule(text: string): Result<PathRule, string> {
  const at = text.indexOf(':');
  const prefix = readPrefix(at < 0 ? '' : text.slice(0, at));
  if (prefix === undefined) return fail('Must be <path prefix>:<resource>, such as /blog:content:blog/*.');
  const resource = text.slice(at + 1);
  if (resource === '' || /\s/.test(resource)) return fail('Must name a resource behind the path prefix.');
  // A star stands for what follows: alone at the end, behind `:` or `/`.
  const takesRest = /[:/]\*$/.test(resource);
  const base = takesRest ? resource.slice(0, -1) : resource;
  return base.includes('*')
    ? fail('May have one * at the very end of the resource, behind : or /.')
    : ok({ prefix, resource: base, takesRest });
}

/** Reads the prefix of what anybody may have. */
export function readPublicRule(text: string): Result<PathRule, string> {
  const prefix = readPrefix(text);
  return prefix === undefined
    ? fail('Must be a plain path prefix such as /assets.')
    : ok({ prefix, resource: null, takesRest: false });
}

/**
 * Whether two rules are about the same prefix, also for those who ignore case: nobody could say which one wins. Accents
 * make two of it, since whoever names both knows that they are two.
 */
export function areAmbiguous(rules: readonly PathRule[]): boolean {
  return new Set(rules.map(({ prefix }) => foldCase(prefix))).size < rules.length;
}

/**
 * What a canonical path asks for. Refused: what no rule covers, and what only looks different from a gated prefix
 * (`/Premium`, `/prémium`, `/premium.html` beside `/premium`), since the site behind may take one for the other. To allow such a
 * path, name it.
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

/** Whether the path, folded, is one of a gated prefix that its own rule is not about. */
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
