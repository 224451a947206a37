/** A text in two parts: what everybody may read, and the rest. */
export interface Article {
  title: string;
  lead: string;
  minutes: number;
  preview: readonly string[];
  rest: readonly string[];
}

export const FREE_ARTICLE: Article = {
  title: 'How to read a tide table',
  lead: 'Two columns of numbers, four times a day. They tell you when to sail, when to swim, and when to stay for another coffee.',
  minutes: 3,
  preview: [
    'A tide table looks like a railway timetable for water. Each day has two high waters and two low ones, and each of them has a time and a height. The time says when; the height says how much.',
    'Look at the heights first. If the morning’s high water is 5.1 metres and the low after it 0.9, the sea will fall by 4.2 metres in about six hours. That difference is the range, and it matters more than either number: a large range means fast water in every channel.',
    'The water does not fall evenly. In the first hour it moves a twelfth of the range, in the second two, in the third three; then three, two and one again. Sailors call it the rule of twelfths. So the harbour mouth is quietest just after high water, and roughest three hours later.',
    'Last, look at the moon. Around new and full moon the range grows, around the quarters it shrinks. If you only remember one thing before you untie, let it be this: ask how far the water has to go today.',
  ],
  rest: [],
};

export const PREMIUM_ARTICLE: Article = {
  title: 'The night shift on pier nine',
  lead: 'Between midnight and five, a container port is run by forty people, eleven cranes and one very old notebook.',
  minutes: 6,
  preview: [
    'The lights of pier nine can be seen from the hills behind the town, a long orange bar on the water. From up there it looks as if nothing moves. Down here, everything does.',
    'Marta Lind begins her shift by reading the wind. There is a screen for it, with arrows and decimals, but she goes out on the platform first and turns her face until both ears hear the same. “The screen tells me what was,” she says. “I want to know what is.”',
  ],
  rest: [
    'At half past twelve the first ship of the night is made fast. It has come for six hours and will be charged for seven, so the order in which its boxes leave has been argued over for a week. The plan is forty pages long. By one o’clock it is wrong.',
    'What happens next is the part that no plan shows. A reefer box has lost its power, and the fish in it will not wait. Marta does not call the planner. She opens the notebook, a grey thing held by a rubber band, in which thirty years of night shifts have written down what worked. Page 112: swap with the crane to the east, let the empties stand, tell the trucks afterwards.',
    'It takes nine minutes. The crane to the east has already begun to turn when she lifts the radio, because its driver has read the same wind, seen the same dark box, and knows page 112 as well as she does.',
    'At five the light comes back, grey first and then all at once. The ship leaves on time. On the plan, which is forty pages long, everything went as it should.',
  ],
};

export const ATLAS_GUIDE: Article = {
  title: 'Field guide: the northern lights of the quay',
  lead: 'Atlas makes guides to places people walk past. This one is about lamps.',
  minutes: 4,
  preview: [
    'There are nine kinds of lamp between the ferry stairs and the fish market. Most people see one. The guide takes an hour, and the best time is the hour after sunset.',
  ],
  rest: [
    'Begin at the ferry stairs, under the green leading lights. Stand where one is exactly above the other: you are now on the only line by which a ship may enter at night.',
    'Walk on to the third bollard. The lamp there still has its gas bracket, painted shut in 1931. Opposite, the sodium lamps begin. They are the reason why all photographs of this place are orange, and they are being replaced, one a month, from west to east.',
    'The last stop is the fish market’s clock. It is lit from behind by a single tube that flickers when the auction starts, and no one has ever been able to say why.',
  ],
};
