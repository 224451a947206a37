/** Whether a migration takes something away that the release before needs. Its name says so, behind the number (ADR 92). */
export const isContract = (migration: string): boolean => /^\d+_contract_/.test(migration);
