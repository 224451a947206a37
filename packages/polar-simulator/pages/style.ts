/** One look for every page: calm, readable in light and dark, usable on a phone, nothing loaded from elsewhere. */

const COLOURS = `
:root { color-scheme: light dark;
  --ink: light-dark(#171a21, #eceef4); --soft: light-dark(#565c6c, #a9afc0); --paper: light-dark(#fff, #191c24);
  --back: light-dark(#f2f4f8, #0f1116); --sunk: light-dark(#f7f8fb, #12141b); --line: light-dark(#d8dce6, #333846);
  --field: light-dark(#8a91a3, #666d80); --accent: light-dark(#2746cf, #93a8ff); --on-accent: light-dark(#fff, #0d1230);
  --good: light-dark(#0f6b3a, #7fdca6); --good-back: light-dark(#e2f5ea, #12321f);
  --warn: light-dark(#7a4d00, #ffcf70); --warn-back: light-dark(#fff1d6, #38290a);
  --bad: light-dark(#a11420, #ff9da5); --bad-back: light-dark(#fdeaec, #3b1519); }`;

const BASE = `
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink);
  background: var(--back); }
.sim { display: flex; justify-content: center; gap: .5rem; padding: .45rem 1rem; font-size: .875rem; text-align: center;
  color: #3a2a00; background: #ffd666; }
.sim a { color: inherit; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .35rem; } p { margin: .5rem 0; }
a { color: var(--accent); } a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible,
summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code, .mono { font: .875em/1.5 ui-monospace, "Cascadia Mono", Menlo, monospace; overflow-wrap: anywhere; }
pre { margin: .5rem 0; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--sunk); border: 1px solid var(--line);
  border-radius: 8px; }
.soft { color: var(--soft); } .hint { color: var(--soft); font-size: .875rem; margin: .25rem 0 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: static; width: auto; height: auto; clip-path: none; }
.card { max-width: 32rem; margin: 2rem auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 14px; }
.shell { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
.panel { margin: 1rem 0; padding: 1.1rem 1.25rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 12px; } .panel > :first-child { margin-top: 0; } .panel > :last-child { margin-bottom: 0; }
.alert, .flash { border-radius: 8px; padding: .7rem .9rem; margin: 1rem 0; }
.alert { color: var(--bad); background: var(--bad-back); } .alert a { color: inherit; } .alert ul { margin: .25rem 0 0;
  padding-left: 1.2rem; } .flash { color: var(--good); background: var(--good-back); }
[tabindex='-1']:focus { outline: none; }
.wait { width: 1.6rem; height: 1.6rem; margin-bottom: 1rem; border: 3px solid var(--line); border-top-color: var(--accent);
  border-radius: 50%; animation: turn 1s linear infinite; } @keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .wait { animation-duration: 6s; } }
.shell.narrow { max-width: 54rem; } h3 .badge { margin-left: .35rem; }
@media (max-width: 40rem) { .card { margin: 0 0 1rem; padding: 1.5rem 1.1rem; border-width: 0 0 1px; border-radius: 0; }
  .shell { padding: 1rem .9rem 3rem; } }`;

const FORMS = `
label, .label { display: block; font-weight: 600; font-size: .9rem; margin: 1rem 0 .25rem; }
input, select { width: 100%; min-height: 2.75rem; padding: .5rem .7rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--field); border-radius: 8px; }
input[type=checkbox], input[type=radio] { width: 1.15rem; min-height: 0; height: 1.15rem; margin: 0 .5rem 0 0;
  vertical-align: -.2rem; accent-color: var(--accent); }
label.check { display: flex; align-items: center; font-weight: 400; }
input[aria-invalid=true] { border-color: var(--bad); border-width: 2px; }
.error { color: var(--bad); font-size: .9rem; margin: .25rem 0 0; }
button, .button { display: inline-block; padding: .5rem .9rem; min-height: 2.5rem; font: inherit; font-weight: 600;
  text-decoration: none; color: var(--on-accent); background: var(--accent); border: 1px solid transparent;
  border-radius: 8px; cursor: pointer; } button:hover, .button:hover { filter: brightness(1.08); }
button.wide { width: 100%; padding: .8rem 1rem; margin-top: 1.5rem; }
button.second, .button.second { color: var(--accent); background: transparent; border-color: var(--field); }
button.danger { color: var(--bad); background: transparent; border-color: currentColor; }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0 1rem; }
.row.many { grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); }
.inline { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.inline > input { flex: 1 1 6rem; width: auto; } .inline > input.few { flex: 0 1 7.5rem; min-width: 5rem; } .inline > select { width: auto; } .inline form { display: contents; }
fieldset { margin: 1.25rem 0 0; padding: 0; border: 0; min-width: 0; } legend { padding: 0; font-weight: 600; font-size: .9rem; }`;

const TABLES = `
.lines { list-style: none; margin: 1rem 0; padding: 0; border-top: 1px solid var(--line); }
.lines li { display: flex; justify-content: space-between; gap: 1rem; padding: .4rem 0; }
.lines .total { margin-top: .3rem; padding-top: .6rem; font-weight: 700; border-top: 1px solid var(--line); }
table { width: 100%; border-collapse: collapse; font-size: .92rem; background: var(--paper); }
.table { margin: .75rem 0; border: 1px solid var(--line); border-radius: 12px; overflow-x: auto; background: var(--paper); }
th { text-align: left; font-size: .8rem; color: var(--soft); font-weight: 600; } th, td { padding: .6rem .8rem;
  vertical-align: baseline; border-bottom: 1px solid var(--line); } tbody tr:last-child > td { border-bottom: 0; }
.table button { min-height: 2rem; padding: .2rem .65rem; font-size: .9rem; } .nowrap { white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { display: inline-block; padding: .05rem .5rem; font-size: .8rem; font-weight: 600; white-space: nowrap;
  border-radius: 99px; color: var(--soft); background: var(--sunk); border: 1px solid var(--line); }
.badge.good { color: var(--good); background: var(--good-back); border-color: transparent; }
.badge.warn { color: var(--warn); background: var(--warn-back); border-color: transparent; }
.badge.bad { color: var(--bad); background: var(--bad-back); border-color: transparent; }
details.actions > summary { color: var(--accent); cursor: pointer; font-weight: 600; white-space: nowrap; }
details.actions > div { display: grid; gap: .6rem; padding: .7rem 0 .2rem; min-width: 14rem; }
header nav.tabs { margin-top: 0; } nav.tabs { display: flex; gap: .25rem; overflow-x: auto; margin: 1rem 0; border-bottom: 1px solid var(--line); }
nav.tabs a { padding: .55rem .8rem; color: var(--soft); text-decoration: none; white-space: nowrap;
  border-bottom: 3px solid transparent; } nav.tabs a:focus-visible { outline-offset: -3px; }
nav.tabs a[aria-current] { color: var(--ink); font-weight: 600; border-color: var(--accent); }
.pages { display: flex; gap: 1rem; align-items: center; justify-content: space-between; margin: .75rem 0; }
@media (max-width: 44rem) { nav.tabs { flex-wrap: wrap; } .table { border: 0; background: none; overflow: visible; } .table table { display: block; background: none; } .table tbody { display: block; }
  .table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .table tbody tr { display: block; margin: 0 0 .75rem; padding: .4rem .9rem; background: var(--paper);
    border: 1px solid var(--line); border-radius: 12px; }
  .table tbody td, .table td.number { display: flex; justify-content: space-between; gap: 1rem; padding: .45rem 0;
    text-align: right; white-space: normal; overflow-wrap: anywhere; } .table td[data-label]::before { content: attr(data-label);
    flex: none; color: var(--soft); font-size: .85rem; text-align: left; } .table td:empty { display: none; }
  .table td > * { min-width: 0; } .table td:has(> details[open] > pre) { display: block; }
  .table td pre { text-align: left; } .table td > details.actions { flex: 1; text-align: left; } }`;

const CHECKOUT = `
.checkout { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); max-width: 62rem; margin: 2rem auto;
  background: var(--paper); border: 1px solid var(--line); border-radius: 16px; overflow: clip; }
.checkout > section { padding: 2rem; } .checkout .what { background: var(--sunk); border-right: 1px solid var(--line); }
.checkout .what .shop { font-weight: 600; margin-top: 1rem; }
.checkout .what .price { font-size: 2rem; font-weight: 700; line-height: 1.2; margin: .5rem 0; }
.choice { display: flex; justify-content: space-between; gap: 1rem; padding: .6rem .8rem; margin: .5rem 0 0;
  font-weight: 400; border: 1px solid var(--line); border-radius: 8px; }
.cards { list-style: none; margin: .5rem 0 0; padding: 0; border: 1px dashed var(--field); border-radius: 10px; }
.cards li + li { border-top: 1px solid var(--line); }
.cards button { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; width: 100%; padding: .5rem .8rem;
  font-weight: 400; font-size: .9rem; text-align: left; color: var(--ink); background: none; border: 0; border-radius: 10px; }
.cards button:hover { background: var(--sunk); } .cards .outcome { color: var(--soft); }
@media (max-width: 52rem) { .checkout { display: block; margin: 0; border-width: 0 0 1px; border-radius: 0; }
  .checkout > section { padding: 1.5rem 1.1rem; } .checkout .what { border-right: 0; border-bottom: 1px solid var(--line); } }`;

export const STYLE = COLOURS + BASE + FORMS + TABLES + CHECKOUT;
