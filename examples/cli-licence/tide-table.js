const HOUR_MS = 3_600_000;
/** From one high water to the next. */
const TIDE_MS = 12.4206 * HOUR_MS;
/** A high water at Quay. */
const KNOWN_MS = Date.UTC(2026, 0, 1, 3, 12);

/** The tides of the day that begins now: what the licence is for. */
export function tideTable(now) {
  const first = KNOWN_MS + Math.ceil((now - KNOWN_MS) / (TIDE_MS / 2)) * (TIDE_MS / 2);
  return Array.from({ length: 4 }, (_, i) => {
    const at = first + (i * TIDE_MS) / 2;
    const isHigh = Math.round((at - KNOWN_MS) / (TIDE_MS / 2)) % 2 === 0;
    return `  ${new Date(at).toISOString().slice(11, 16)} UTC  ${isHigh ? 'high water  ▇▇▇▇' : 'low water   ▁▁▁▁'}`;
  });
}
