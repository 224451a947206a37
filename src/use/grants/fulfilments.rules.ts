/** How far people are with a grant that they fulfil. */
export const FULFILMENTS = ['pending', 'done', 'refused'] as const;
export type Fulfilment = (typeof FULFILMENTS)[number];
