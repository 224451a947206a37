const SHOWN_MS = 2_000;

/** Buttons that copy the code beside them, as it is shown. */
export function setUpCopying(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button.copy') : null;
    if (button) void copy(button);
  });
}

async function copy(button: Element): Promise<void> {
  const codes = [...(button.closest('.code')?.querySelectorAll<HTMLElement>('pre code') ?? [])];
  const code = codes.find((each) => each.checkVisibility());
  if (!code) return;
  try {
    await navigator.clipboard.writeText(code.textContent ?? '');
    say(button, 'Copied');
  } catch {
    // Browsers may refuse, and do so where the page came by plain http from another machine.
    getSelection()?.selectAllChildren(code);
    say(button, 'Selected');
  }
}

function say(button: Element, word: string): void {
  button.textContent = word;
  const status = document.querySelector('p.said');
  if (status) status.textContent = word;
  setTimeout(() => {
    button.textContent = 'Copy';
    if (status) status.textContent = '';
  }, SHOWN_MS);
}
