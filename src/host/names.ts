// Names of hosts become addresses here, and nowhere else below ring 3.

export interface NameResolver {
  /**
   * The addresses of a name, of both families, as far as this machine can use them; in the order in which the system
   * would try them. An address stands for itself.
   * @throws SwarmlineError `NAME_NOT_FOUND` by way of the promise
   */
  resolve(name: string): Promise<readonly string[]>;
}
