import type { FieldProblem, FieldWarning } from '@radondb/api';
import type { Pins } from '../default-patch.ts';
import type { Reference } from '../facts.ts';

/** All there is to say about one object. */
export interface Findings {
  readonly problems: readonly FieldProblem[];
  readonly warnings: readonly FieldWarning[];
}

/** How one kind is reviewed. Every function takes anything and throws nothing. */
export interface KindRules {
  readonly kind: string;
  /** @param oldObject what it was, for an update; undefined for a new object */
  validate(object: unknown, oldObject: unknown): Findings;
  /** Other objects that it names and that may not exist yet. */
  references(object: unknown, namespace: string): readonly Reference[];
  /** What must be written down at creation, because tomorrow's operator may have another default. */
  pins(object: unknown, settings: ReviewSettings): Pins;
}

/** What today's operator would choose. */
export interface ReviewSettings {
  /** Image of the servers by series of MySQL. A series without one gets none pinned. */
  readonly images: Readonly<Record<string, string>>;
}

export const NO_SETTINGS: ReviewSettings = Object.freeze({ images: Object.freeze({}) });
