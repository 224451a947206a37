/*
 * Words of what Polar's acceptable-use policy refuses (https://docs.polar.sh/merchant-of-record/acceptable-use), by kind. They say where to
 * look, no more: each is a phrase that is seldom said of anything else.
 */

const KINDS: readonly (readonly [kind: string, words: readonly string[]])[] = [
  [
    'a service by hand',
    [
      'consulting',
      'consultation',
      'consultancy',
      'coaching',
      'mentoring',
      'freelance',
      'one-on-one',
      '1:1',
      'done for you',
      'hourly rate',
      'hire us',
      'hire me',
      'agency services?',
      'custom development',
      'custom design',
      'design services?',
      'development services?',
      'marketing services?',
      'seo services?',
      'support hours?',
      'house calls?',
    ],
  ],
  [
    'physical goods',
    [
      'shipped to',
      'free shipping',
      'ships? worldwide',
      'paperback',
      'hardcover',
      't-?shirts?',
      'merch(?:andise)?',
      'stickers?',
    ],
  ],
  [
    'advertising',
    ['sponsored posts?', 'sponsorships?', 'ad slots?', 'ad spaces?', 'backlinks?', 'guest posts?'],
  ],
  ['a marketplace', ['resell rights', 'resale rights', 'plr', 'marketplace fees?']],
  ['gambling', ['casino', 'gambling', 'betting', 'sportsbook', 'lottery', 'slot machines?', 'raffle']],
  ['for adults', ['porn(?:ography)?', 'nsfw', 'escorts?', 'erotica', 'onlyfans', 'ai (?:girl|boy)friends?']],
  [
    'drugs, alcohol, tobacco or weapons',
    [
      'cannabis',
      'cbd',
      'thc',
      'vapes?',
      'vaping',
      'e-cigarettes?',
      'tobacco',
      'cigars?',
      'alcohol',
      'whisk(?:e)?y',
      'firearms?',
      'ammunition',
    ],
  ],
  [
    'regulated',
    [
      'trading signals?',
      'forex',
      'investment advice',
      'financial advice',
      'legal advice',
      'medical advice',
      'prescriptions?',
      'payday loans?',
      'crypto tokens?',
      'token presale',
    ],
  ],
  [
    'what belongs to others',
    ['nulled', 'cracked', 'keygen', 'counterfeit', 'replica watch(?:es)?', 'iptv', 'leaked courses?'],
  ],
  [
    'deception or harm',
    [
      'fake reviews?',
      'buy followers',
      'fake followers',
      'buy upvotes',
      'spyware',
      'stalkerware',
      'keylogger',
      'botnet',
      'ddos',
    ],
  ],
];

const PATTERNS = KINDS.map(
  ([kind, words]) =>
    [kind, new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${words.join('|')})(?![\p{L}\p{N}])`, 'giu')] as const,
);

/** The words of a text that stand for something that Polar refuses, each once, in the order of the policy. */
export function refusedWords(text: string): { word: string; kind: string }[] {
  const plain = text.replaceAll(/https?:\/\/\S+/g, ' ').replaceAll(/\s+/g, ' ');
  return PATTERNS.flatMap(([kind, pattern]) => {
    const words = new Set([...plain.matchAll(pattern)].map(([word]) => word.toLowerCase()));
    return [...words].map((word) => ({ word, kind }));
  });
}
