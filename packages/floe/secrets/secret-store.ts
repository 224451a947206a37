/** The secrets of a deployed Worker. They can be set and deleted, and nobody can read one. */
export interface SecretStore {
  /** The names of those that are set. */
  names(): Promise<ReadonlySet<string>>;
  /** Sets one. What runs from then on has it, within seconds. */
  put(name: string, value: string): Promise<void>;
  /** Deletes one; one that is not there is no failure. */
  remove(name: string): Promise<void>;
}
