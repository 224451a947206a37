import type { Theme } from './options.ts';

/** The custom property of each field of the theme. */
const PROPERTIES: Readonly<Record<keyof Theme, string>> = {
  accent: '--floe-accent',
  onAccent: '--floe-on-accent',
  background: '--floe-background',
  surface: '--floe-surface',
  text: '--floe-text',
  muted: '--floe-muted',
  border: '--floe-border',
  font: '--floe-font',
  radius: '--floe-radius',
};

/** The stylesheet of the gate's own pages. Every length that has a side is named by the direction of the text. */
export function writeStyle(theme: Theme): string {
  const own = Object.entries(PROPERTIES)
    .map(([field, property]) => [property, theme[field as keyof Theme]] as const)
    .filter(([, value]) => value !== undefined)
    .map(([property, value]) => `${property}:${value};`)
    .join('');
  return own === '' ? STYLE : `${STYLE}:root{${own}}\n`;
}

const STYLE = `:root {
  color-scheme: light dark;
  --floe-accent: #1d5fd1;
  --floe-on-accent: #fff;
  --floe-background: #fbfbfa;
  --floe-surface: #fff;
  --floe-text: #1a1c20;
  --floe-muted: #595d66;
  --floe-border: #d5d7dc;
  --floe-danger: #b3261e;
  --floe-font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
  --floe-radius: .6rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --floe-accent: #8ab4ff;
    --floe-on-accent: #0b1830;
    --floe-background: #121316;
    --floe-surface: #1b1d21;
    --floe-text: #ececef;
    --floe-muted: #a9adb6;
    --floe-border: #3a3d45;
    --floe-danger: #ff9d94;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  min-block-size: 100vh;
  background: var(--floe-background);
  color: var(--floe-text);
  font: 1.0625rem/1.55 var(--floe-font);
  overflow-wrap: anywhere;
}
.floe-page { max-inline-size: 34rem; margin-inline: auto; padding: 9vh 1.25rem 3rem; }
.floe-site { margin: 0 0 .6rem; color: var(--floe-muted); font-size: .95rem; }
.floe-site a { color: inherit; }
h1 { margin: 0 0 .6rem; font-size: 1.7rem; line-height: 1.25; text-wrap: balance; }
h2 { margin: 0; font-size: 1.1rem; line-height: 1.35; }
p { margin: 0 0 1rem; }
a { color: var(--floe-accent); text-underline-offset: .18em; }
.floe-cards { list-style: none; margin: 1.5rem 0; padding: 0; display: grid; gap: .8rem; }
.floe-card {
  display: grid;
  grid-template-columns: 1fr auto;
  gap: .25rem 1rem;
  align-items: center;
  padding: 1rem 1.15rem;
  background: var(--floe-surface);
  border: 1px solid var(--floe-border);
  border-radius: var(--floe-radius);
}
.floe-card p { margin: 0; }
.floe-card > p, .floe-card > h2 { grid-column: 1; }
.floe-card > form { grid-column: 2; grid-row: 1 / span 4; }
.floe-price { font-weight: 600; }
.floe-muted { color: var(--floe-muted); font-size: .95rem; }
.floe-error { color: var(--floe-danger); }
form { margin: 0; }
label { display: block; margin-block-end: .35rem; font-weight: 600; }
input:not([type=hidden]) {
  inline-size: 100%;
  margin-block-end: 1rem;
  padding: .65rem .75rem;
  font: inherit;
  color: inherit;
  background: var(--floe-surface);
  border: 1px solid var(--floe-muted);
  border-radius: var(--floe-radius);
}
.floe-code { letter-spacing: .25em; font-variant-numeric: tabular-nums; direction: ltr; text-align: start; }
button {
  min-block-size: 2.75rem;
  padding: .55rem 1.15rem;
  font: inherit;
  font-weight: 600;
  color: var(--floe-on-accent);
  background: var(--floe-accent);
  border: 1px solid transparent;
  border-radius: var(--floe-radius);
  cursor: pointer;
}
button.floe-quiet { color: var(--floe-text); background: transparent; border-color: var(--floe-muted); font-weight: 500; }
:focus-visible { outline: 3px solid var(--floe-accent); outline-offset: 2px; }
.floe-foot {
  display: flex;
  flex-wrap: wrap;
  gap: .75rem 1.25rem;
  align-items: center;
  margin-block-start: 2rem;
  padding-block-start: 1.1rem;
  border-block-start: 1px solid var(--floe-border);
}
.floe-foot p { margin: 0; }
.floe-more { margin-block-start: 1.5rem; }
section { margin-block-start: 1.8rem; }
section .floe-cards { margin: .7rem 0 0; }
@media (max-width: 26rem) {
  .floe-page { padding-block-start: 2.2rem; }
  .floe-card { grid-template-columns: 1fr; }
  .floe-card > form { grid-column: 1; grid-row: auto; margin-block-start: .6rem; }
  .floe-card button { inline-size: 100%; }
}
@media (forced-colors: active) { button { border-color: ButtonText; } }
`;
