import { testLives } from './lives-of.ts';

testLives('feature_flag');
testLives('custom');
