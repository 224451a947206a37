/** Polar puts a hash in the place of the address, and says in no other way that a customer was anonymized. */
const ANONYMIZED = /^[0-9a-f]{64}@/;

/** Whether an address is what Polar puts in place of one: deleting a customer without anonymizing leaves it as it is. */
export function isAnonymized(email: string | null): boolean {
  return email !== null && ANONYMIZED.test(email);
}
