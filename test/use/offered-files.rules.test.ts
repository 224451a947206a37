import { expect, test } from 'vitest';
import type { PolarDownload } from '../../src/base/polar-gateway.ts';
import {
  benefitsOf,
  gatherFiles,
  MAX_HOLDERS,
  planQuestions,
} from '../../src/use/downloads/offered-files.rules.ts';

const ada = { customerId: 'ada', memberId: null };
const ben = { customerId: 'ben', memberId: 'm1' };

test('asked are those who hold an allowed benefit, and the buyers of one of which nothing is heard', () => {
  const questions = planQuestions(new Set(['b1', 'b2', 'b3']), {
    holders: [
      { ...ada, benefitId: 'b1' },
      { ...ada, benefitId: 'b1' },
      { ...ben, benefitId: 'b1' },
      { ...ben, benefitId: 'not allowed' },
    ],
    buyers: [ada],
    // Of b3 there is a grant that is not live: the app says yes, and Polar has taken it back.
    heard: new Set(['b1', 'b3', 'not allowed']),
  });
  expect(questions).toEqual([
    { ...ada, benefitIds: ['b1', 'b2'] },
    { ...ben, benefitIds: ['b1'] },
  ]);
});

test('no more customers are asked for than is bearable', () => {
  const holders = Array.from({ length: MAX_HOLDERS + 5 }, (_, at) => ({
    customerId: String(at),
    memberId: null,
    benefitId: 'b1',
  }));
  const known = { holders, buyers: [], heard: new Set(['b1']) };
  expect(planQuestions(new Set(['b1']), known)).toHaveLength(MAX_HOLDERS);
});

const file = (fileId: string, benefitId: string, name = fileId): PolarDownload => ({
  fileId,
  benefitId,
  name,
  size: 1,
  mimeType: 'text/plain',
  sha256: null,
  version: null,
  url: 'https://polar.example.com/x',
  expiresAt: 0,
});

test('files are a union, each once, of the benefits that were asked about alone; archived ones last', () => {
  const benefits = [
    { id: 'b1', files: { f1: true, f2: false } },
    { id: 'b2', files: { f1: false, f3: true } },
    { id: 'b3', files: null },
  ];
  const gathered = gatherFiles(
    [
      {
        question: { ...ada, benefitIds: ['b1', 'b3'] },
        downloads: [
          file('f1', 'b1', 'a'),
          file('f2', 'b1', 'z'),
          file('f9', 'foreign'),
          file('f4', 'b3', 'b'),
        ],
      },
      { question: { ...ben, benefitIds: ['b2'] }, downloads: [file('f1', 'b2', 'a'), file('f3', 'b2', '1')] },
    ],
    benefits,
  );
  expect(
    gathered.map(({ download, holder, isArchived }) => [download.fileId, holder.customerId, isArchived]),
  ).toEqual([
    ['f1', 'ben', false],
    ['f4', 'ada', false],
    ['f2', 'ada', false],
    ['f3', 'ben', true],
  ]);
  expect(benefitsOf('f1', benefits)).toEqual(['b1', 'b2']);
  expect(benefitsOf('toString', benefits)).toEqual([]);
});
