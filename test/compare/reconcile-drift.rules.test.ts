import { describe, expect, it } from 'vitest';
import { count, emptyReport, isWebhookWell, totalDrift } from '../../src/compare/reconcile-drift.rules.ts';
import { compareWithStored, type Stored } from '../../src/record/compare.rules.ts';
import { nextStepAt, requestsPerStep, waitForPolar } from '../../src/compare/reconcile-pace.rules.ts';
import { disputeEvents } from '../../src/record/what-is-told.rules.ts';

const stored: Stored = {
  version: 10,
  seenVersion: 20,
  digest: 1,
  status: 'open',
  isWhole: true,
  isFilled: true,
  isOrphan: false,
};
const read = { version: 10, seenVersion: 30, digest: 1, status: 'open' };

describe('drift', () => {
  it.each([
    ['what is not stored', 'order', read, undefined, 'missing'],
    ['what is as it was', 'order', read, stored, 'same'],
    ['other content', 'order', { ...read, digest: 2 }, stored, 'stale'],
    ['a newer modified_at with the same content', 'order', { ...read, version: 11 }, stored, 'same'],
    ['older content than a webhook told', 'order', { ...read, version: 9, digest: 2 }, stored, 'same'],
    ['a product seen in part', 'product', read, { ...stored, isWhole: false }, 'stale'],
    ['what a release before kept less of', 'order', read, { ...stored, isFilled: false }, 'unfilled'],
    ['older than that', 'order', { ...read, seenVersion: 5 }, { ...stored, isFilled: false }, 'same'],
    ['a purchase that can be owned by now', 'order', read, { ...stored, isOrphan: true }, 'stale'],
    ['a checkout that a buyer types into', 'checkout', { ...read, version: 11, digest: 2 }, stored, 'same'],
    ['a checkout that ended', 'checkout', { ...read, version: 11, status: 'expired' }, stored, 'stale'],
  ] as const)('%s of kind %s', (_name, kind, seen, known, drift) => {
    expect(compareWithStored(kind, seen, known)).toBe(drift);
  });

  it('is added up by kind and in all', () => {
    const report = emptyReport();
    count(report, 'order', { seen: 1, missing: 1, repaired: 1 });
    count(report, 'order', { seen: 1 });
    count(report, 'grant', { seen: 1, stale: 1, failed: 1 });
    expect(report.kinds.order).toEqual({ seen: 2, young: 0, missing: 1, stale: 0, repaired: 1, failed: 0 });
    expect(totalDrift(report)).toEqual({ missing: 1, stale: 1, repaired: 1, failed: 1 });
  });
});

describe('Polar’s endpoint', () => {
  const well = {
    registered: true,
    enabled: true,
    format: 'raw',
    missing_events: [],
    secret_known: true,
    repaired: false,
    repair_error: null,
  };
  it.each([
    {},
    { registered: false },
    { enabled: false },
    { format: 'slack' },
    { missing_events: ['order.paid'] },
    { secret_known: false },
    { secret_known: null },
  ])('with %j is well only when nothing is wrong', (change) => {
    expect(isWebhookWell({ ...well, ...change })).toBe(Object.keys(change).length === 0);
  });
});

describe('the pace', () => {
  it('lets a step make a part of what a minute may have', () => {
    expect([1, 20, 60, 60_000].map(requestsPerStep)).toEqual([1, 3, 10, 10]);
    expect(nextStepAt(5, 0, 60)).toBe(5);
  });

  it.each([20, 60, 100])('keeps any minute to %i requests, though a step uses one too many', (perMinute) => {
    const steps: { at: number; requests: number }[] = [];
    const most = requestsPerStep(perMinute) + 1;
    for (let at = 0, i = 0; at < 300_000; i++) {
      const requests = most - (i % 3);
      steps.push({ at, requests });
      at = nextStepAt(at, requests, perMinute);
    }
    const inMinutes = steps.map(({ at: from }) =>
      steps
        .filter(({ at }) => at >= from && at < from + 60_000)
        .reduce((sum, { requests }) => sum + requests, 0),
    );
    expect(Math.max(...inMinutes)).toBeLessThanOrEqual(perMinute);
    expect(Math.max(...inMinutes)).toBeGreaterThan(perMinute * 0.6);
  });

  it('waits longer each time, and at least as long as Polar asks, within an hour', () => {
    expect([0, 1, 2, 9, 400].map((waits) => waitForPolar(waits, undefined))).toEqual([
      10_000, 20_000, 40_000, 300_000, 300_000,
    ]);
    expect(waitForPolar(0, 30)).toBe(30_000);
    expect(waitForPolar(3, 30)).toBe(80_000);
    expect(waitForPolar(0, 86_400)).toBe(3_600_000);
  });
});

describe('a dispute', () => {
  it.each([
    ['needs_response', false, ['created:d']],
    ['early_warning', true, ['created:d', 'updated:d:7']],
    ['under_review', true, ['created:d', 'updated:d:7']],
    ['won', true, ['created:d', 'won:d']],
    ['lost', false, ['created:d', 'lost:d']],
    ['prevented', false, ['created:d', 'prevented:d']],
    ['adjourned', true, ['created:d', 'updated:d:7']],
  ])('%s, changed: %j, tells %j', (status, isChanged, keys) => {
    const told = disputeEvents({ id: 'd', status, version: 7, isChanged });
    expect(told.map(({ key }) => key)).toEqual(keys.map((key) => `dispute.${key}`));
  });
});
