interface Recurring {
  recurring_interval: string | null;
  recurring_interval_count: number | null;
}

/** How often something is charged: `month`, `3 months`; null: once. */
export function every({
  recurring_interval: unit,
  recurring_interval_count: count,
}: Recurring): string | null {
  if (unit === null || (count ?? 1) === 1) return unit;
  return `${count} ${unit}s`;
}
