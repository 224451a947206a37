/* Times are UTC, as the gateway answers them: what one person reads to another is the same for both. */

/** `2026-11-29`, of an ISO time. */
export const day = (iso: string): string => iso.slice(0, 10);

/** `2026-11-29 10:00`, for columns. */
export const minute = (iso: string | null): string | null =>
  iso === null ? null : `${day(iso)} ${iso.slice(11, 16)}`;

/** `2026-11-29 10:00:05`, for columns in which seconds count. */
export const toSecond = (iso: string): string => `${day(iso)} ${iso.slice(11, 19)}`;

/** `2026-11-29 10:00:05 UTC`. */
export const second = (iso: string | null): string | null => (iso === null ? null : `${toSecond(iso)} UTC`);
