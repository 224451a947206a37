import type { Happening, Kind } from '../happenings.ts';
import { copyButton, make } from './elements.ts';

const LABELS: Record<Kind, string> = {
  ready: 'ready',
  request: 'request',
  checkout: 'checkout',
  webhook: 'webhook',
  event: 'event',
  delivery: 'delivery',
  access: 'access',
};

const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** A step as a line that opens to its payload. */
export function stepItem(happening: Happening): HTMLLIElement {
  const { id, at, kind, what, whom, result, ok, duration_ms } = happening;
  const summary = make(
    'summary',
    {},
    make('span', { class: 'kind', text: LABELS[kind] }),
    make('span', { class: 'what', text: what }),
    make('span', { class: ok ? 'result good' : 'result bad', text: result }),
    make('span', { class: 'soft took', text: duration_ms === null ? '' : `${duration_ms} ms` }),
  );
  const details = make('details', { class: 'step', id, 'data-kind': kind }, summary);
  details.addEventListener(
    'toggle',
    () =>
      details.append(payloadOf(happening, `${TIME.format(new Date(at))}${whom === null ? '' : `, ${whom}`}`)),
    { once: true },
  );
  return make('li', {}, details);
}

/** It is made when it is first opened: most are never. */
function payloadOf({ payload }: Happening, about: string): HTMLElement {
  const text = JSON.stringify(payload, null, 2);
  return make(
    'div',
    { class: 'payload' },
    make(
      'p',
      { class: 'soft' },
      document.createTextNode(about),
      copyButton(() => text),
    ),
    make('pre', { tabindex: '0', 'aria-label': 'Payload' }, make('code', { text })),
  );
}

/** Opens a step, with everything around it, and brings it into view. */
export function openStep(id: string): boolean {
  const step = document.getElementById(id);
  if (!(step instanceof HTMLDetailsElement)) return false;
  for (let around: Element | null = step; around; around = around.parentElement) {
    if (around instanceof HTMLDetailsElement) around.open = true;
  }
  step.scrollIntoView({ block: 'nearest' });
  step.querySelector('summary')?.focus({ preventScroll: true });
  return true;
}
