import { recall } from './storage.ts';

/* Runs before the page is drawn, so that it is drawn once, as the reader has chosen. */

const root = document.documentElement;
root.classList.add('js');
const theme = recall('theme');
if (theme === 'dark' || theme === 'light') root.dataset['theme'] = theme;
const language = recall('language');
if (language !== null && /^[a-z]+$/.test(language)) root.dataset['lang'] = language;
