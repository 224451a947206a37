import { payment } from '../base/payment.answers.ts';
import { list } from '../http/shapes.ts';

export const paymentList = list(payment);
