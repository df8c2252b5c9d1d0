/** One thing to do with an API server. */
export type Step =
  | {
      /** Words after `kubectl`; `NS` is the case's namespace. */
      readonly kubectl: string;
      readonly stdin?: string;
      readonly env?: Readonly<Record<string, string>>;
    }
  | {
      /** `METHOD /path`; `NS` is the case's namespace. */
      readonly request: string;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      /** What of a long answer is compared: JSON keys from the root, as `metadata.managedFields`. */
      readonly only?: readonly string[];
    }
  | {
      /** Repeats a request until it is answered so; its answer is not compared. */
      readonly until: string;
      readonly body: unknown;
      readonly code: number;
      readonly contains?: string;
    }
  | {
      /** A watch, read up to so many events. */
      readonly watch: string;
      readonly events: number;
    };

/** Steps whose results are the same on every Kubernetes API server. */
export interface ConformanceCase {
  /** A sentence; also the name of the recording. */
  readonly name: string;
  readonly steps: readonly Step[];
}
