/** The frame of every hosted page: calm, readable, and plainly a simulation. */

import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1a1c23, #eceef3); --soft: light-dark(#5c6070, #a5aabb);
  --paper: light-dark(#fff, #1b1d25); --back: light-dark(#f3f4f8, #111217); --line: light-dark(#d9dce5, #343846);
  --accent: light-dark(#2246d6, #8ea6ff); --on-accent: light-dark(#fff, #10142b); --bad: light-dark(#a3141f, #ff9aa2);
  --bad-back: light-dark(#fdecee, #3a1519); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); }
.sim { padding: .4rem 1rem; text-align: center; font-size: .875rem; color: #3b2a00; background: #ffd666; }
.card { max-width: 30rem; margin: 2rem auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 14px; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
.soft { color: var(--soft); } .hint { color: var(--soft); font-size: .875rem; margin: .25rem 0 0; }
label { display: block; font-weight: 600; font-size: .9rem; margin: 1rem 0 .25rem; }
input, select { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: 8px; }
input:focus-visible, select:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent);
  outline-offset: 2px; }
input[aria-invalid=true] { border-color: var(--bad); }
.error { color: var(--bad); font-size: .9rem; margin: .25rem 0 0; }
.alert { color: var(--bad); background: var(--bad-back); border-radius: 8px; padding: .7rem .9rem; margin: 1rem 0; }
button { width: 100%; padding: .75rem 1rem; margin-top: 1.25rem; font: inherit; font-weight: 600; color: var(--on-accent);
  background: var(--accent); border: 0; border-radius: 8px; cursor: pointer; }
button.second { width: auto; margin: 0; color: var(--accent); background: transparent; border: 1px solid var(--line); }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; } .inline { display: flex; gap: .5rem; }
.lines { list-style: none; margin: 1rem 0; padding: 0; border-top: 1px solid var(--line); }
.lines li { display: flex; justify-content: space-between; gap: 1rem; padding: .35rem 0; }
.lines .total { font-weight: 700; border-top: 1px solid var(--line); }
.wait { width: 1.6rem; height: 1.6rem; border: 3px solid var(--line); border-top-color: var(--accent);
  border-radius: 50%; animation: turn 1s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .wait { animation-duration: 6s; } }
`;

export function page(title: string, body: Html, head: Html | '' = ''): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <style>
          ${raw(STYLE)}
        </style>
        ${head}
      </head>
      <body>
        <div class="sim" role="note">Simulation of Polar. No money moves; do not type a real card.</div>
        ${body}
      </body>
    </html>`;
}
