// Shows what is new while a page is looked at, and copies codes.
const target = document.querySelector('[data-live]');
const news = document.querySelector('[data-news]');
const EVERY_MS = 1500;
const COPIED_MS = 2000;
let shown = '';
/** A click whose target is replaced between press and release is lost. */
let pressed = false;

/** Puts the new text in, and keeps open what was open, and the focus where it was. */
function show(text) {
  const open = [...target.querySelectorAll('details[open]')].map(({ id }) => id);
  const focused = document.activeElement?.closest('details')?.id;
  const before = target.querySelectorAll('li, article').length;
  target.innerHTML = text;
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  if (focused) document.getElementById(focused)?.querySelector('summary').focus();
  const count = target.querySelectorAll('li, article').length - before;
  if (count > 0) news.textContent = count === 1 ? 'One more has arrived.' : `${count} more have arrived.`;
}

async function refresh() {
  if (document.hidden || pressed) return;
  try {
    const response = await fetch(target.dataset.live);
    const text = await response.text();
    // The first time as well: something may have come after the page was made.
    if (response.ok && text !== shown && !pressed) {
      show(text);
      shown = text;
    }
  } catch {
    // The site is being restarted; the next try will tell.
  }
}

async function copy(button) {
  const label = button.innerHTML;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = 'Copied';
    news.textContent = 'The code was copied.';
  } catch {
    // A page in a frame may not copy: then the code is selected, for the keyboard.
    getSelection().selectAllChildren(button.parentElement.querySelector('code'));
    button.textContent = 'Press Ctrl+C';
  }
  setTimeout(() => {
    button.innerHTML = label;
  }, COPIED_MS);
}

target.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) void copy(button);
});

target.addEventListener('pointerdown', ({ button }) => {
  // Other buttons open menus, which may swallow the release.
  pressed = button === 0;
});
for (const end of ['pointerup', 'pointercancel', 'blur'])
  window.addEventListener(end, () => {
    // The click comes after the release.
    setTimeout(() => {
      pressed = false;
    });
  });

await refresh();
setInterval(() => void refresh(), EVERY_MS);
