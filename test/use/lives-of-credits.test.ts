import { testLives } from './lives-of.ts';

testLives('meter_credit');
