/**
 * A gate's `resource`: what is beneath one of the paths is content that is called as its address, all else is public. Beneath
 * `/blog/`, `/blog/diff` needs `content:blog/diff`; `/blog/` itself is public. Upper and lower case are not told apart, since not
 * every router does.
 * @throws {TypeError} for a path that does not begin and end with a slash, since `/blog` would mean `/blogs` too
 * @example
 * const gate = gateFromEnv(process.env, { resource: contentBeneath('/blog/', '/courses/') });
 */
export function contentBeneath(...paths: readonly string[]): (request: Request) => string | null {
  for (const path of paths)
    if (!/^\/([^/]+\/)*$/.test(path))
      throw new TypeError(
        `contentBeneath: a path begins and ends with a slash, such as /blog/, not ${JSON.stringify(path)}.`,
      );
  const folded = paths.map((path) => path.toLowerCase());
  return ({ url }) => {
    const { pathname } = new URL(url);
    const asked = pathname.toLowerCase();
    const isBeneath = folded.some((path) => asked.startsWith(path) && asked.length > path.length);
    return isBeneath ? `content:${pathname.slice(1)}` : null;
  };
}
