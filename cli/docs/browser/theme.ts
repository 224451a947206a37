import { remember } from './storage.ts';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

function isDark(): boolean {
  const chosen = root.dataset['theme'];
  return chosen === undefined ? system.matches : chosen === 'dark';
}

/** The button changes between light and dark. A choice that is the system's is not kept: the page follows the system again. */
export function setUpTheme(): void {
  const button = document.querySelector('button.theme');
  if (!button) return;
  const label = () => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `Use ${isDark() ? 'light' : 'dark'} colours`);
  };
  button.addEventListener('click', () => {
    const next = isDark() ? 'light' : 'dark';
    if ((next === 'dark') === system.matches) delete root.dataset['theme'];
    else root.dataset['theme'] = next;
    remember('theme', root.dataset['theme'] ?? null);
    label();
  });
  system.addEventListener('change', label);
  label();
}
