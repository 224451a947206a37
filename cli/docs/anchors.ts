/** The name of a heading in addresses, as GitHub makes it: links between documents work there and here. */
function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** Names headings one after the other: one that is taken gets a number behind it. */
export function nameHeadings(): (heading: string) => string {
  const taken = new Set<string>();
  return (heading) => {
    const base = anchorOf(heading);
    let anchor = base;
    for (let count = 1; taken.has(anchor); count++) anchor = `${base}-${count}`;
    taken.add(anchor);
    return anchor;
  };
}
