/** Form fields that keep what was typed and say what is wrong with it. */

import { html, raw } from 'hono/html';
import type { Html } from './layout.ts';

/** What is wrong, by the field's id; `form` is about the whole. */
export type FormErrors = Record<string, string>;

export interface FormState {
  errors: FormErrors;
  values: Record<string, string>;
}

export function field(
  name: string,
  label: string,
  state: {
    value: string;
    errors: FormErrors;
    /** Fixed by the page; never what somebody typed. */
    attributes?: Record<string, string>;
    placeholder?: string;
    hint?: string;
  },
): Html {
  const extra = Object.entries(state.attributes ?? {})
    .map(([key, text]) => (text === '' ? key : `${key}="${text}"`))
    .join(' ');
  return html`<label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${state.value}"
      placeholder="${state.placeholder ?? ''}"
      ${raw(extra)}
      ${described(name, state)}
    />
    ${state.hint ? html`<p class="hint" id="${name}-hint">${state.hint}</p>` : ''}
    ${errorText(name, state.errors)}`;
}

export function described(name: string, state: { errors: FormErrors; hint?: string }) {
  const isWrong = state.errors[name] !== undefined;
  const by = [...(state.hint ? [`${name}-hint`] : []), ...(isWrong ? [`${name}-error`] : [])].join(' ');
  return raw(`${by ? `aria-describedby="${by}"` : ''} ${isWrong ? 'aria-invalid="true"' : ''}`);
}

export const errorText = (name: string, errors: FormErrors): Html | '' =>
  errors[name] ? html`<p class="error" id="${name}-error">${errors[name]}</p>` : '';

/** All mistakes at once, each leading to its field. Takes the focus, so that it is read out and `Tab` goes on from it. */
export function errorSummary(errors: FormErrors): Html | '' {
  const { form, ...fields } = errors;
  const names = Object.entries(fields);
  if (form === undefined && names.length === 0) return '';
  return html`<div class="alert" role="alert" id="form-error" tabindex="-1" autofocus>
    ${form ?? html`<strong>Please look at ${names.length === 1 ? 'this' : 'these'} again:</strong>`}
    ${
      names.length > 0
        ? html`<ul>
            ${names.map(([name, text]) => html`<li><a href="#${name}">${text}</a></li>`)}
          </ul>`
        : ''
    }
  </div>`;
}
