// Asks for the tables again while the page is looked at, and changes it only when something came.
const target = document.querySelector('[data-events]');
const EVERY_MS = 2000;
let shown = '';

async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch('/events/tables');
    const text = await response.text();
    if (response.ok && shown !== '' && text !== shown) target.innerHTML = text;
    if (response.ok) shown = text;
  } catch {
    // The site is being restarted; the next try will tell.
  }
}

await refresh();
setInterval(refresh, EVERY_MS);
