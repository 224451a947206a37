/** The test cards of the hosted checkout. */

export interface TestCard {
  number: string;
  /** As people read it. */
  name: string;
  outcome: string;
  /** The confirmation token that it stands for. */
  token: string;
  /** What the page says when the payment fails at once. */
  refusal?: string;
}

export const TEST_CARDS: readonly TestCard[] = [
  { number: '4242424242424242', name: '4242 4242 4242 4242', outcome: 'is paid', token: 'card_pays' },
  {
    number: '4000000000000002',
    name: '4000 0000 0000 0002',
    outcome: 'is declined',
    token: 'card_declined',
    refusal: 'Your card was declined. Nothing was charged. Try another card.',
  },
  {
    number: '4000000000003220',
    name: '4000 0000 0000 3220',
    outcome: 'fails 3D Secure',
    token: 'card_3ds_failed',
    refusal:
      'Your bank could not confirm that it was you (3D Secure), so the payment was declined. Nothing was charged. Try another card.',
  },
  {
    number: '4000000000000077',
    name: '4000 0000 0000 0077',
    outcome: 'processes, settles in 20 s',
    token: 'card_processing',
  },
  {
    number: '4000000000000341',
    name: '4000 0000 0000 0341',
    outcome: 'is paid, fails at renewal',
    token: 'card_renewal_fails',
  },
];

export function cardOf(typed: string | undefined): TestCard | undefined {
  const number = (typed ?? '').replaceAll(/\D/g, '');
  return TEST_CARDS.find((card) => card.number === number);
}
