import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { createProgram } from '../../packages/floe/program.ts';

/* All commands, and how each can be typed. */

/** Every command with the words that call it, groups too; `floe` itself has none. */
export function everyCommand(): { words: string[]; isGroup: boolean }[] {
  const walk = (command: CommandUnknownOpts, words: string[]): { words: string[]; isGroup: boolean }[] => {
    const beneath = command
      .createHelp()
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help');
    return [
      { words, isGroup: beneath.length > 0 },
      ...beneath.flatMap((each) => walk(each, [...words, each.name()])),
    ];
  };
  const unused = { terminal: {} as never, env: {} };
  return walk(
    createProgram(() => () => Promise.resolve(), unused),
    [],
  );
}

const APP = 'quay-sandbox';
const EP = 'ep_01kb3z8q4yf6dvkwm2t5n9cr7e';
const PRODUCT = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';

/** What is typed behind a command, beside a gateway that answers with the examples. */
export const SAMPLES: Readonly<Record<string, string>> = {
  'apps list': '',
  'apps show': APP,
  'apps create': 'kiosk --mode sandbox --callback https://shop.example-site.dev/thanks',
  'apps update': `${APP} --name Quay`,
  'apps origins': `${APP} --add https://two.example`,
  'apps callbacks': APP,
  'keys list': APP,
  'keys create': `${APP} --scope access:read`,
  'keys revoke': `${APP} key_01kb3z8q4yf6dvkwm2t5n9cr7e`,
  'products list': '',
  'products prices': '',
  'products assign': `${PRODUCT} atlas-sandbox`,
  'products unassign': PRODUCT,
  'endpoints list': '--all',
  'endpoints show': EP,
  'endpoints create': 'https://receiver.example-site.dev/more',
  'endpoints update': `${EP} --pause`,
  'endpoints delete': EP,
  'endpoints test': EP,
  'endpoints rotate-secret': EP,
  'profiles list': '',
  'profiles add': 'live --gateway https://pay.example.com',
  'profiles use': 'kept',
  'profiles remove': 'kept',
  completion: 'bash',
};

/** Commands that do more than ask a gateway, and the test that shows what holds for all: what is printed is JSON, and fits. */
export const SHOWN_BY: Readonly<Record<string, string>> = {};
