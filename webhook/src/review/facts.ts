/** What a review wants to know of other objects. The shell finds it out; the review stays pure. */

/** An object that the reviewed one names. */
export interface Reference {
  readonly kind: 'Secret' | 'MysqlCluster';
  readonly namespace: string;
  readonly name: string;
  /** Where it is named. */
  readonly field: string;
}

/** `missing`: it is known not to exist. Whatever could not be found out counts as there. */
export interface Facts {
  readonly missing: readonly Reference[];
}

export const NO_FACTS: Facts = Object.freeze({ missing: Object.freeze([]) });
