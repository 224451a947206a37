/** Makes an element. Texts of buyers and of Polar become text, never markup. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { text, ...attributes }: Record<string, string> & { text?: string } = {},
  ...children: Node[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.append(text);
  element.append(...children);
  return element;
}

/** An element that the page has from the start. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`This page has no ${id}.`);
  return found;
}

const COPIED_MS = 2_000;

/** A button that copies, and says so. */
export function copyButton(textOf: () => string): HTMLButtonElement {
  const button = make('button', { type: 'button', class: 'copy', text: 'Copy' });
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(textOf()).then(
      () => say('Copied'),
      () => say('Not allowed'),
    );
  });
  const say = (text: string) => {
    button.textContent = text;
    setTimeout(() => {
      button.textContent = 'Copy';
    }, COPIED_MS);
  };
  return button;
}
