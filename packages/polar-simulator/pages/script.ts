/** What the checkout does faster with JavaScript; without it the same buttons go by way of the server. */

import { html, raw } from 'hono/html';
import type { Html } from './layout.ts';

const SCRIPT = `
const form = document.querySelector('form.checkout');
form.addEventListener('click', (event) => {
  const button = event.target.closest('button[name=fill]');
  if (!button) return;
  event.preventDefault();
  const field = document.getElementById('card_number');
  field.value = button.dataset.name;
  field.removeAttribute('aria-invalid');
  document.getElementById('card_number-error')?.remove();
  field.focus();
});
form.addEventListener('change', async (event) => {
  if (!['country', 'state', 'postal_code'].includes(event.target.id)) return;
  // The address that the form began with is of another country.
  if (event.target.id === 'country')
    for (const id of ['line1', 'city', 'postal_code', 'state']) {
      const field = document.getElementById(id);
      if (field.value === field.defaultValue) field.value = '';
    }
  const body = new URLSearchParams(new FormData(form));
  body.set('action', 'update');
  const answer = await fetch(location.href, { method: 'POST', body });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const id of ['totals', 'pay-label', 'big-price']) {
    const [now, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (now && next) now.replaceWith(next);
  }
  if (['US', 'CA'].includes(document.getElementById('country').value))
    document.getElementById('address').open = true;
});
`;

export const checkoutScript = (): Html =>
  html`<script type="module">
    ${raw(SCRIPT)};
  </script>`;
