const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const STEP = 1000;

/** `4.2 MB`, in the page's language. Units are decimal, as `Intl` names them. */
export function sayBytes(bytes: number, locale: string | undefined): string {
  const power = bytes < STEP ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const format = (of: string | undefined) =>
    (bytes / STEP ** power).toLocaleString(of, {
      style: 'unit',
      unit: UNITS[power] ?? 'byte',
      unitDisplay: power === 0 ? 'long' : 'short',
      maximumFractionDigits: power === 0 ? 0 : 1,
    });
  try {
    return format(locale);
  } catch {
    return format(undefined);
  }
}
