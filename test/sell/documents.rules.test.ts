import { describe, expect, test } from 'vitest';
import { endOfAddress } from '../../src/sell/documents.rules.ts';

describe('the end of an address', () => {
  const signed = (query: string) => `https://files.example.com/invoice.pdf?${query}`;

  test('is when its signature ends', () => {
    expect(endOfAddress(signed('X-Amz-Date=20261121T100000Z&X-Amz-Expires=600'))).toBe(
      Date.UTC(2026, 10, 21, 10, 10),
    );
  });

  test.each([
    ['has no query', 'https://files.example.com/invoice.pdf'],
    ['does not say for how long', signed('X-Amz-Date=20261121T100000Z')],
    ['does not say from when', signed('X-Amz-Expires=600')],
    ['has another form', signed('X-Amz-Date=2026-11-21&X-Amz-Expires=600')],
    ['names no day', signed('X-Amz-Date=20261341T100000Z&X-Amz-Expires=600')],
    ['has a time below zero', signed('X-Amz-Date=20261121T100000Z&X-Amz-Expires=-1')],
    ['is none', 'invoice'],
  ])('is not known of one that %s', (_what, address) => {
    expect(endOfAddress(address)).toBeNull();
  });
});
