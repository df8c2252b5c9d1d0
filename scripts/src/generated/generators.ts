import type { Generator } from './generator.ts';

/** Everything that is generated in this repository, sorted by output. */
export const GENERATORS: readonly Generator[] = [];
