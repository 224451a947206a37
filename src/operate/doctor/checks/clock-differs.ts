import type { Check } from '../check.ts';
import { span } from '../words.rules.ts';

/** A webhook's signature holds for five minutes on either side (Standard Webhooks). */
const MAX_DIFFERENCE_MS = 60_000;

export const clockDiffers: Check = {
  code: 'clock_differs',
  area: 'polar',
  severity: 'error',
  title: 'The clocks of Polar and the gateway differ',
  each: 'mode',
  async look(evidence, mode) {
    const { probe, askedAt, answeredAt } = await evidence.probed(mode);
    if (probe.polarTime === undefined) return { notApplicable: 'Polar’s answer had no Date.' };
    // `Date` has whole seconds, and was written at some moment between the two.
    const early = askedAt - probe.polarTime - 1_000;
    const late = probe.polarTime - answeredAt;
    const difference = Math.max(early, late);
    if (difference <= MAX_DIFFERENCE_MS) return [];
    const way = early > late ? 'ahead of' : 'behind';
    return [
      {
        detail: `This gateway’s clock is ${span(difference)} ${way} Polar’s. From five minutes on every webhook is refused.`,
        mend: 'Set the clock of the machine that runs the gateway. At Cloudflare, look at cloudflarestatus.com.',
      },
    ];
  },
};
