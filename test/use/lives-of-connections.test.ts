import { testLives } from './lives-of.ts';

testLives('discord');
testLives('github_repository');
testLives('slack_shared_channel');
