/*
 * Looks like the page around it: its font, its colours. Everything is overridden through `::part` and the custom
 * properties. Constructed sheets need no `unsafe-inline` in a page's policy.
 */
const CSS = `
:host { display: inline-block; max-width: 100%; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input { font: inherit; letter-spacing: inherit; }
button, a.button {
  position: relative;
  min-height: var(--floe-target, 2.75rem);
  padding: .5em 1.1em;
  border: 1px solid var(--floe-accent, currentColor);
  border-radius: var(--floe-radius, .4em);
  background: var(--floe-accent, transparent);
  color: var(--floe-on-accent, inherit);
  cursor: pointer;
}
a.button { display: inline-flex; align-items: center; text-decoration: none; }
button:hover, a.button:hover { filter: brightness(1.08); }
button[aria-disabled=true] { cursor: default; filter: none; }
button[aria-disabled=true]:not([aria-busy=true]) { opacity: .5; cursor: not-allowed; }
::slotted(a[aria-disabled=true]) { opacity: .5; cursor: default; }
button.quiet { background: transparent; color: inherit; border-color: color-mix(in srgb, currentColor 45%, transparent); }
:focus-visible { outline: 3px solid var(--floe-focus, currentColor); outline-offset: 2px; }
[tabindex='-1']:focus { outline: none; }
a { color: inherit; }
input {
  min-height: var(--floe-target, 2.75rem);
  width: min(100%, 20rem);
  padding: .4em .7em;
  border: 1px solid color-mix(in srgb, currentColor 60%, transparent);
  border-radius: var(--floe-radius, .4em);
  background: transparent;
  color: inherit;
}
label { display: block; margin-block-end: .3em; }
.row { display: flex; flex-wrap: wrap; gap: .6em; align-items: center; }
[part~=error] { margin: .6em 0 0; padding-inline-start: .7em; border-inline-start: 3px solid var(--floe-error, #c62828); }
[part~=error]:empty, [part~=status]:empty, [part~=paid]:empty { margin: 0; padding: 0; border: 0; }
span[part~=status]:not(:empty) { margin-inline-start: .5em; }
.said {
  position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0;
}
.label { display: inline-block; }
[aria-busy=true] > .label { opacity: 0; }
.spinner { display: none; position: absolute; inset: 0; margin: auto; width: 1.2em; height: 1.2em;
  border: .15em solid currentColor; border-inline-end-color: transparent; border-radius: 50%; }
[aria-busy=true] > .spinner { display: block; animation: floe-turn .9s linear infinite; }
@keyframes floe-turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) {
  [aria-busy=true] > .label { opacity: .55; }
  [aria-busy=true] > .spinner { display: none; animation: none; }
}
@media (forced-colors: active) {
  button, input, a.button { border-color: ButtonBorder; }
  button[aria-disabled=true]:not([aria-busy=true]) { opacity: 1; color: GrayText; border-color: GrayText; }
  /* A ring whose gap is drawn as well is not seen to turn. A bar has no gap. */
  .spinner { width: 0; border: 0; border-inline-start: .2em solid ButtonText; border-radius: 0; }
  [part~=error] { border-color: CanvasText; }
}
`;

const PAYWALL_CSS = `
:host { display: block; }
:host([state=checking]) .offer { visibility: hidden; }
:host(:is([state=open], [state=pending], [state=unavailable])) .offer { display: none; }
[part~=retry] { margin-block-start: .6em; }
[part~=status] { margin: 0; align-self: center; }
[part~=paid] { margin: .6em 0; font-weight: 600; }
.sign-in { margin-block-end: 1.2em; }
`;

const ACCOUNT_CSS = `
:host { display: block; }
h2, h3 { font-size: 1.05em; margin: 1.2em 0 .4em; }
h2:first-child { margin-block-start: 0; }
p { margin: .4em 0 .8em; }
ul { margin: .4em 0 1em; padding: 0; list-style: none; }
li { padding: .35em 0; border-block-end: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
li small { opacity: .8; }
details { margin-block: .8em; }
summary { cursor: pointer; min-height: 1.8em; }
.row + form { margin-block-start: 2em; }
`;

const DOWNLOADS_CSS = `
:host { display: block; }
p { margin: .4em 0 .8em; }
ul { margin: 0; padding: 0; list-style: none; }
li { display: flex; flex-wrap: wrap; gap: .4em 1em; align-items: center; justify-content: space-between; padding: .6em 0;
  border-block-end: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.file { flex: 1 1 12rem; min-width: 0; overflow-wrap: anywhere; }
[part~=name] { font-weight: 600; }
[part~=details] { display: block; opacity: .8; }
[part~=status]:not(:empty) { margin-block-start: .6em; }
`;

let sheets: Record<'base' | 'paywall' | 'account' | 'downloads', CSSStyleSheet> | undefined;

/** The sheets, made once for the page. */
export function styleSheets(): NonNullable<typeof sheets> {
  return (sheets ??= {
    base: sheetOf(CSS),
    paywall: sheetOf(PAYWALL_CSS),
    account: sheetOf(ACCOUNT_CSS),
    downloads: sheetOf(DOWNLOADS_CSS),
  });
}

function sheetOf(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
