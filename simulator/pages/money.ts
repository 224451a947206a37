const WITHOUT_CENTS = new Set([
  'jpy',
  'krw',
  'vnd',
  'clp',
  'xaf',
  'xof',
  'xpf',
  'djf',
  'gnf',
  'kmf',
  'mga',
  'pyg',
  'rwf',
  'ugx',
  'vuv',
]);

/** An amount in minor units as people write it. */
export function money(minorUnits: number, currency: string): string {
  const divisor = WITHOUT_CENTS.has(currency) ? 1 : 100;
  return new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase() }).format(
    minorUnits / divisor,
  );
}
