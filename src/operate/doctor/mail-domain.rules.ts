const SPECIAL_USE = [
  'localhost',
  'test',
  'invalid',
  'example',
  'local',
  'example.com',
  'example.net',
  'example.org',
];

/** Whether nobody can own a domain: those of RFC 6761 and RFC 6762, and names without a dot. */
export function isSpecialUse(domain: string): boolean {
  const name = domain.toLowerCase();
  return (
    !name.includes('.') || SPECIAL_USE.some((special) => name === special || name.endsWith(`.${special}`))
  );
}
