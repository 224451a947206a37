/** The questions that a product asks at checkout, and their answers: Polar’s custom fields. */

import { html } from 'hono/html';
import * as z from 'zod';
import type { CheckoutRow, CustomFieldData, CustomFieldRow } from '../state.ts';
import type { World } from '../world.ts';
import { type FormErrors, type FormState, described, errorText, field } from './fields.ts';
import type { Html } from './layout.ts';

interface Question {
  row: CustomFieldRow;
  isRequired: boolean;
  /** The name and id of its input. */
  name: string;
  label: string;
}

const words = z.string().optional().catch(undefined);
const shown = z.object({
  form_label: words,
  form_help_text: words,
  form_placeholder: words,
  options: z.array(z.object({ value: z.string(), label: z.string() })).catch([]),
});

/** The field of the form that answers the question with this slug. */
export const questionName = (slug: string): string => `question_${slug}`;

function questionsOf(world: World, row: CheckoutRow): Question[] {
  const attached = world.tables.products.get(row.product_id)?.attached_fields ?? [];
  return attached.flatMap(({ custom_field_id, required }) => {
    const field = world.tables.customFields.get(custom_field_id);
    if (!field) return [];
    const label = shown.parse(field.properties).form_label ?? field.name;
    return [{ row: field, isRequired: required, name: questionName(field.slug), label }];
  });
}

export function questionFields(world: World, row: CheckoutRow, state: FormState): Html[] {
  return questionsOf(world, row).map((question) => {
    const known = row.custom_field_data?.[question.row.slug];
    const value = state.values[question.name] ?? (known == null ? '' : String(known));
    return questionField(question, value, state.errors);
  });
}

function questionField({ row, name, label, isRequired }: Question, value: string, errors: FormErrors): Html {
  const { form_help_text: hint, form_placeholder: placeholder, options } = shown.parse(row.properties);
  const about = { errors, ...(hint ? { hint } : {}) };
  const text = isRequired ? label : `${label} (optional)`;
  const explained = hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : '';
  if (row.type === 'checkbox') {
    return html`<label class="check" for="${name}">
        <input
          id="${name}"
          name="${name}"
          type="checkbox"
          value="true"
          ${value === 'true' ? 'checked' : ''}
          ${described(name, about)}
        />
        ${text}
      </label>
      ${explained} ${errorText(name, errors)}`;
  }
  if (row.type === 'select') {
    return html`<label for="${name}">${text}</label>
      <select id="${name}" name="${name}" ${described(name, about)}>
        <option value="">Choose …</option>
        ${options.map(
          (option) =>
            html`<option value="${option.value}" ${option.value === value ? 'selected' : ''}>
              ${option.label}
            </option>`,
        )}
      </select>
      ${explained} ${errorText(name, errors)}`;
  }
  const attributes: Record<string, string> = {
    text: {},
    number: { inputmode: 'numeric' },
    date: { type: 'date' },
  }[row.type];
  return field(name, text, {
    ...about,
    value,
    placeholder: placeholder ?? '',
    attributes: { autocomplete: 'off', ...attributes, ...(isRequired ? { required: '' } : {}) },
  });
}

/** What was answered, as Polar wants it; a question without an answer is left out. */
export function answersFrom(world: World, row: CheckoutRow, values: Record<string, string>): CustomFieldData {
  return Object.fromEntries(
    questionsOf(world, row).flatMap(
      ({ row: { slug, type }, name }): [string, string | number | boolean][] => {
        const value = values[name] ?? '';
        if (type === 'checkbox') return [[slug, value === 'true']];
        if (value === '') return [];
        return [[slug, type === 'number' && /^-?\d+$/.test(value) ? Number(value) : value]];
      },
    ),
  );
}

/** Required questions without an answer. */
export function checkAnswers(world: World, row: CheckoutRow, values: Record<string, string>): FormErrors {
  return Object.fromEntries(
    questionsOf(world, row)
      .filter(({ name, isRequired }) => isRequired && !values[name])
      .map(({ name, label, row: { type } }) => [
        name,
        type === 'checkbox' ? `“${label}” must be ticked.` : `Answer “${label}”.`,
      ]),
  );
}
