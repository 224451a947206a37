import { testLives } from './lives-of.ts';

testLives('license_keys');
testLives('downloadables');
