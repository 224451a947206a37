/** Whether an answer fits the field it was asked for. */

import type { CustomFieldRow } from '../state.ts';

/** What is wrong with it in pydantic's words, or null. */
export function problemWith(field: CustomFieldRow, value: string | number | boolean): string | null {
  const { properties } = field;
  const limit = (name: string): number | null =>
    typeof properties[name] === 'number' ? properties[name] : null;
  switch (field.type) {
    case 'checkbox':
      return typeof value === 'boolean' ? null : 'Input should be a valid boolean';
    case 'number': {
      if (typeof value !== 'number') return 'Input should be a valid integer';
      return outside(value, limit('ge'), limit('le'));
    }
    case 'date': {
      const at = typeof value === 'string' ? Date.parse(value) / 1000 : Number.NaN;
      return Number.isNaN(at) ? 'Input should be a valid date' : outside(at, limit('ge'), limit('le'));
    }
    case 'text': {
      if (typeof value !== 'string') return 'Input should be a valid string';
      if (value.length < (limit('min_length') ?? 0)) return 'String is too short';
      return value.length > (limit('max_length') ?? Infinity) ? 'String is too long' : null;
    }
    case 'select': {
      const options: unknown[] = Array.isArray(properties['options']) ? properties['options'] : [];
      const isOption = options.some(
        (option) =>
          typeof option === 'object' && option !== null && 'value' in option && option.value === value,
      );
      return isOption ? null : 'Input should be one of the options';
    }
    default:
      return field.type satisfies never;
  }
}

function outside(value: number, least: number | null, most: number | null): string | null {
  if (least !== null && value < least) return `Input should be greater than or equal to ${least}`;
  return most !== null && value > most ? `Input should be less than or equal to ${most}` : null;
}
