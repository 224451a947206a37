/*
 * As much of a DOM as the elements use, so that their logic is tested without a browser: elements, shadow roots, focus,
 * events that bubble. Looks and layout are tested in Chromium: test/browser.
 */

interface FakeEvent {
  type: string;
  target?: unknown;
  defaultPrevented?: boolean;
  [detail: string]: unknown;
}
type Listener = (event: FakeEvent) => unknown;
interface Listening {
  signal?: AbortSignal;
  once?: boolean;
}

class FakeTarget {
  #listeners = new Map<string, Set<Listener>>();

  addEventListener(type: string, listener: Listener, { signal, once = false }: Listening = {}): void {
    const all = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, all);
    const each: Listener = once
      ? (event) => {
          all.delete(each);
          return listener(event);
        }
      : listener;
    all.add(each);
    signal?.addEventListener('abort', () => all.delete(each));
  }

  hear(event: FakeEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
  }
}

class FakeNode extends FakeTarget {
  parent: FakeElement | FakeRoot | undefined;
  childNodes: FakeNode[] = [];
  data = '';

  get textContent(): string {
    return this.data + this.childNodes.map((child) => child.textContent).join('');
  }
  set textContent(text: string) {
    this.replaceChildren(...(text === '' ? [] : [text]));
  }
  get children(): FakeElement[] {
    return this.childNodes.filter((child) => child instanceof FakeElement);
  }
  get isConnected(): boolean {
    const above = this.parent instanceof FakeRoot ? (this.parent.host ?? this.parent) : this.parent;
    return above === undefined ? (this as unknown) === body : above === body || above.isConnected;
  }

  append(...nodes: (FakeNode | string)[]): void {
    for (const each of nodes) {
      const fragment = each instanceof FakeNode && !(each instanceof FakeElement) && each.data === '';
      if (fragment && each.childNodes.length > 0) {
        this.append(...each.childNodes);
        continue;
      }
      const node = typeof each === 'string' ? textNode(each) : each;
      node.remove();
      node.parent = this as unknown as FakeElement;
      this.childNodes.push(node);
      if (this.isConnected) walk(node, (element) => element.connectedCallback?.());
    }
  }
  replaceChildren(...nodes: (FakeNode | string)[]): void {
    for (const child of this.childNodes) child.remove();
    this.append(...nodes);
  }
  remove(): void {
    if (!this.parent) return;
    const wasConnected = this.isConnected;
    this.parent.childNodes = this.parent.childNodes.filter((child) => child !== this);
    this.parent = undefined;
    if (!wasConnected) return;
    if (focused && isWithin(focused, this)) focused = undefined;
    walk(this, (element) => element.disconnectedCallback?.());
  }
  contains(other: FakeNode | null): boolean {
    for (let each: FakeNode | undefined = other ?? undefined; each; each = each.parent)
      if (each === this) return true;
    return false;
  }
  querySelectorAll(selector: string): FakeElement[] {
    const all: FakeElement[] = [];
    const look = (node: FakeNode) => {
      for (const child of node.children) {
        if (child.matches(selector, this)) all.push(child);
        look(child);
      }
    };
    look(this);
    return all;
  }
  querySelector(selector: string): FakeElement | null {
    return this.querySelectorAll(selector)[0] ?? null;
  }
}

class FakeRoot extends FakeNode {
  host: FakeElement | undefined;
  adoptedStyleSheets: unknown[] = [];

  get activeElement(): FakeElement | null {
    return focused && rootOf(focused) === this ? focused : null;
  }
}

export class FakeElement extends FakeNode {
  localName = '';
  shadowRoot: FakeRoot | null = null;
  content = new FakeNode();
  #attributes = new Map<string, string>();
  connectedCallback?(): void;
  disconnectedCallback?(): void;
  attributeChangedCallback?(name: string, before: string | null, after: string | null): void;

  constructor() {
    super();
    this.localName = [...defined].find(([, made]) => made === this.constructor)?.[0] ?? '';
  }

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }
  setAttribute(name: string, value: string): void {
    this.#change(name, value);
  }
  removeAttribute(name: string): void {
    this.#change(name, null);
  }
  #change(name: string, after: string | null): void {
    const before = this.getAttribute(name);
    if (after === null) this.#attributes.delete(name);
    else this.#attributes.set(name, after);
    const { observedAttributes = [] } = this.constructor as { observedAttributes?: string[] };
    if (observedAttributes.includes(name)) this.attributeChangedCallback?.(name, before, after);
  }

  matches(selector: string, scope?: FakeNode): boolean {
    return selector.split(',').some((one) => {
      const isChild = one.includes(':scope >');
      if (isChild && this.parent !== scope) return false;
      const simple = one.replace(':scope >', '').trim();
      const tag = /^[\w-]+/.exec(simple)?.[0];
      if (tag !== undefined && tag !== this.localName) return false;
      const classes = (this.getAttribute('class') ?? '').split(' ');
      if (![...simple.matchAll(/\.([\w-]+)/g)].every(([, name = '']) => classes.includes(name))) return false;
      return [...simple.matchAll(/\[([\w-]+)(?:='?([^\]']*)'?)?\]/g)].every(([, name = '', value]) =>
        value === undefined ? this.hasAttribute(name) : this.getAttribute(name) === value,
      );
    });
  }
  closest(selector: string): FakeElement | null {
    if (this.matches(selector)) return this;
    return this.parent instanceof FakeElement ? this.parent.closest(selector) : null;
  }
  attachShadow(): FakeRoot {
    this.shadowRoot = new FakeRoot();
    this.shadowRoot.host = this;
    return this.shadowRoot;
  }
  focus(): void {
    if (this.isConnected) moveFocus(this);
  }
  scrollIntoView(): void {}

  dispatchEvent(event: FakeEvent): boolean {
    bubble(this, event);
    return event.defaultPrevented !== true;
  }
  click(detail: Record<string, unknown> = {}): FakeEvent {
    const event: FakeEvent = {
      type: 'click',
      button: 0,
      preventDefault: () => void (event.defaultPrevented = true),
      ...detail,
    };
    this.dispatchEvent(event);
    return event;
  }

  get classList() {
    return {
      toggle: (name: string, isOn: boolean) => {
        const names = new Set((this.getAttribute('class') ?? '').split(' '));
        if (isOn) names.add(name);
        else names.delete(name);
        this.setAttribute('class', [...names].join(' ').trim());
      },
    };
  }
  set innerHTML(html: string) {
    const part = new FakeElement();
    part.localName = 'p';
    part.textContent = html.replaceAll(/<[^>]*>/g, '');
    this.content.replaceChildren(part);
  }
}

for (const [property, attribute] of [
  ['id', 'id'],
  ['slot', 'slot'],
  ['href', 'href'],
  ['target', 'target'],
  ['value', 'value'],
  ['ariaBusy', 'aria-busy'],
  ['ariaDisabled', 'aria-disabled'],
] as const) {
  Object.defineProperty(FakeElement.prototype, property, {
    get(this: FakeElement) {
      return this.getAttribute(attribute) ?? '';
    },
    set(this: FakeElement, value: string) {
      this.setAttribute(attribute, value);
    },
  });
}
Object.defineProperty(FakeElement.prototype, 'hidden', {
  get(this: FakeElement) {
    return this.hasAttribute('hidden');
  },
  set(this: FakeElement, isHidden: boolean) {
    if (isHidden) this.setAttribute('hidden', '');
    else this.removeAttribute('hidden');
  },
});

class FakeTemplate extends FakeElement {}

const defined = new Map<string, new () => FakeElement>();
let focused: FakeElement | undefined;
const body = new FakeElement();
body.localName = 'body';
const documentEvents = new FakeTarget();
const windowEvents = new FakeTarget();

function textNode(text: string): FakeNode {
  const node = new FakeNode();
  node.data = text;
  return node;
}

function walk(node: FakeNode, visit: (element: FakeElement) => void): void {
  if (node instanceof FakeElement) {
    visit(node);
    if (node.shadowRoot) for (const child of node.shadowRoot.childNodes) walk(child, visit);
  }
  for (const child of node.childNodes) walk(child, visit);
}

function moveFocus(element: FakeElement): void {
  focused = element;
}

/** Through all that is above; what is in a shadow root is not seen from outside. */
function bubble(from: FakeElement, event: FakeEvent): void {
  let target = from;
  let each: FakeNode | undefined = from;
  while (each) {
    if (each instanceof FakeRoot) {
      if (each.host) target = each.host;
      each = each.host;
      continue;
    }
    Object.defineProperty(event, 'target', { value: target, configurable: true });
    each.hear(event);
    each = each.parent;
  }
}

function rootOf(node: FakeNode): FakeNode {
  return node.parent === undefined ? node : rootOf(node.parent);
}

function isWithin(node: FakeNode, above: FakeNode): boolean {
  if (above.contains(node)) return true;
  const root = rootOf(node);
  return root instanceof FakeRoot && root.host !== undefined && isWithin(root.host, above);
}

export function make(
  tag: string,
  attributes: Record<string, string> = {},
  ...children: (FakeNode | string)[]
) {
  const Made = defined.get(tag) ?? (tag === 'template' ? FakeTemplate : FakeElement);
  const element = new Made();
  element.localName = tag;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** What `window` and `document` are for the elements; given to `vi.stubGlobal`, before they are imported. */
export const globals: Record<string, unknown> = {
  Element: FakeElement,
  HTMLElement: FakeElement,
  HTMLTemplateElement: FakeTemplate,
  CSSStyleSheet: class {
    replaceSync() {}
  },
  customElements: {
    get: (name: string) => defined.get(name),
    define: (name: string, made: new () => FakeElement) => void defined.set(name, made),
  },
  location: { origin: 'https://shop.example.com' },
  window: windowEvents,
  document: {
    readyState: 'complete',
    visibilityState: 'visible',
    baseURI: 'https://shop.example.com/blog/premium',
    createElement: (tag: string) => make(tag),
    createDocumentFragment: () => new FakeNode(),
    importNode: (node: FakeNode) => node,
    querySelector: (selector: string) => body.querySelector(selector),
    addEventListener: documentEvents.addEventListener.bind(documentEvents),
    get activeElement() {
      let each = focused;
      for (let root = each && rootOf(each); root instanceof FakeRoot; root = each && rootOf(each))
        each = root.host;
      return each ?? body;
    },
  },
};

export const page = {
  body,
  /** A new page: nothing is in it, and no element is known. */
  reset() {
    body.replaceChildren();
    defined.clear();
    focused = undefined;
  },
  /** What has the focus, in whichever shadow root; undefined when it is lost. */
  focused: () => focused,
  comeBack: () => documentEvents.hear({ type: 'visibilitychange' }),
  wake: () => windowEvents.hear({ type: 'pageshow', persisted: true }),
};
