import { setUpCopying } from './copy.ts';
import { fillInSamples } from './fill-in.ts';
import { setUpSearch } from './search.ts';
import { setUpTabs } from './tabs.ts';
import { setUpTheme } from './theme.ts';

/* The script of all pages. Each page reads well without it. */

setUpTheme();
setUpTabs();
setUpCopying();
setUpSearch();
setUpMenu();
void fillInSamples();

/**
 * Where the reader is stands in sight. On a phone the menu lies over the page: Escape closes it, and so does following a link to
 * the same page.
 */
function setUpMenu(): void {
  const menu = document.querySelector('#menu');
  const current = menu?.querySelector('[aria-current]');
  if (menu && current) {
    const { top, bottom } = current.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) menu.scrollTop = top - innerHeight / 3;
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && location.hash === '#menu') location.hash = '#main';
  });
}
