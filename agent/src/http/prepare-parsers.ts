/** Makes the protocol's parsers ready at the start of the process. */

/**
 * A schema is compiled when it is first used, which takes tens of milliseconds: the first promise of an agent's life is
 * asked for in a failover, so it is paid for here. What they are given is refused, which is the cheapest use.
 */
export function prepareParsers(...parsers: readonly ((value: unknown) => unknown)[]): void {
  for (const parse of parsers) {
    try {
      parse(undefined);
    } catch {
      // Refused, as meant.
    }
  }
}
