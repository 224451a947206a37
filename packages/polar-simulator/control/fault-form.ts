/** The form of the faults page: percentages instead of probabilities, two times instead of a distribution. */

import type { FormErrors } from '../pages/fields.ts';
import { type Distribution, type FaultChange, type FaultSettings, faultChange } from '../faults/settings.ts';

type Values = Record<string, string>;

/** Fields that are probabilities. */
const RATES = [
  'rate_limited',
  'server_error',
  'connection_reset',
  'webhook_duplicate',
  'webhook_reorder',
  'webhook_drop',
] as const satisfies (keyof FaultSettings)[];

const percent = (rate: number): string => String(Math.round(rate * 10_000) / 100);

/** The settings as the form shows them. */
export function valuesOf(settings: Readonly<FaultSettings>): Values {
  const { latency_ms: latency, webhook_delay_ms: delay, methods, webhook_reorder_window_ms } = settings;
  return {
    seed: String(settings.seed),
    latency_p50: String(typical(latency)),
    latency_p99: latency.kind === 'lognormal' ? String(latency.p99_ms) : '',
    retry_after_s: String(settings.retry_after_s),
    server_error_status: String(settings.server_error_status),
    connection_reset_when: settings.connection_reset_when,
    methods: methods?.join(', ') ?? '',
    path: settings.path ?? '',
    webhook_delay: String(typical(delay)),
    webhook_reorder_window_ms: webhook_reorder_window_ms === null ? '' : String(webhook_reorder_window_ms),
    ...Object.fromEntries(RATES.map((name) => [name, percent(settings[name])])),
  };
}

function typical(distribution: Distribution): number {
  switch (distribution.kind) {
    case 'fixed':
      return distribution.ms;
    case 'uniform':
      return (distribution.min_ms + distribution.max_ms) / 2;
    case 'lognormal':
      return distribution.p50_ms;
    default:
      return distribution satisfies never;
  }
}

/** What the form asks for, or what is wrong with it by field. */
export function readFaultForm(values: Values): { change: FaultChange } | { errors: FormErrors } {
  const number = (name: string): unknown =>
    /^\d+(\.\d+)?$/.test(values[name] ?? '') ? Number(values[name]) : Number.NaN;
  const p50 = number('latency_p50');
  const parsed = faultChange.safeParse({
    seed: number('seed'),
    latency_ms: values['latency_p99']
      ? { kind: 'lognormal', p50_ms: p50, p99_ms: number('latency_p99') }
      : p50,
    retry_after_s: number('retry_after_s'),
    server_error_status: number('server_error_status'),
    connection_reset_when: values['connection_reset_when'],
    methods: values['methods'] ? values['methods'].toUpperCase().split(/[\s,]+/) : null,
    path: values['path'] || null,
    webhook_delay_ms: number('webhook_delay'),
    webhook_reorder_window_ms: values['webhook_reorder_window_ms']
      ? number('webhook_reorder_window_ms')
      : null,
    ...Object.fromEntries(RATES.map((name) => [name, Number(number(name)) / 100])),
  });
  if (parsed.success) return { change: parsed.data };
  return { errors: Object.fromEntries(parsed.error.issues.map((issue) => mistake(issue.path.map(String)))) };
}

function mistake(path: string[]): [string, string] {
  const [name = 'form', part] = path;
  if (RATES.some((rate) => rate === name)) return [name, 'Enter a percentage from 0 to 100.'];
  if (name === 'latency_ms') {
    return part === 'p99_ms'
      ? ['latency_p99', 'Enter milliseconds, at least the typical time.']
      : ['latency_p50', 'Enter milliseconds, at least 1 when a slowest time is given.'];
  }
  if (name === 'webhook_delay_ms') return ['webhook_delay', 'Enter milliseconds.'];
  if (name === 'methods') return [name, 'Enter methods like GET, POST.'];
  if (name === 'path') return [name, 'Begin with a slash; * stands for anything.'];
  return [name, 'Enter a whole number.'];
}
