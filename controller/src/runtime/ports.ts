/**
 * What reconcilers use of the Kubernetes API, and what they implement. The adapters are in kube/, reflector/, queue/,
 * leader/ and events/. Every call has a deadline and takes an AbortSignal.
 */
import type { Logger } from 'pino';
import type { KubeObject, ObjectName, ObjectToWrite, Resource } from './kube-object.ts';

export interface CallOptions {
  /** Its reason is what the call rejects with. */
  readonly signal: AbortSignal;
  /** Milliseconds for the whole call, connecting included; the client's default (10 s) when absent. */
  readonly timeoutMs?: number;
}

/** The write goes through only if the object is still this one (409 `Conflict` otherwise). */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string;
  /** The server answers as if, and stores nothing. */
  readonly dryRun?: boolean;
}

export interface ApplyOptions extends CallOptions {
  /** One name a writer, for good: the API server takes fields away that this manager no longer sends. */
  readonly fieldManager: string;
  /** True takes fields over from other managers; false answers 409 when they differ. */
  readonly force: boolean;
  /** `status` writes only status; spec is ignored by the server. */
  readonly subresource?: 'status';
  readonly dryRun?: boolean;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: 'status' | 'scale';
  readonly preconditions?: Preconditions;
}

export interface DeleteOptions extends CallOptions {
  readonly preconditions?: Preconditions;
  /** `Orphan` leaves dependents alone, `Foreground` keeps the object until they are gone. Default of the server: `Background`. */
  readonly propagation?: 'Orphan' | 'Background' | 'Foreground';
  /** Seconds; 0 deletes a pod at once, without waiting for its node. */
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
}

export interface Selection {
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListQuery extends Selection {
  /** Objects a page. */
  readonly limit?: number;
  /** From the page before. */
  readonly continueToken?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface ListPage {
  readonly items: readonly KubeObject[];
  /** The state the whole list shows; a watch goes on from here. */
  readonly resourceVersion: string;
  /** Absent on the last page. */
  readonly continueToken?: string;
}

export interface WatchQuery extends Selection {
  readonly resourceVersion: string;
  /** Seconds after which the server ends the watch. */
  readonly timeoutSeconds: number;
  /** A watch that says nothing at all for this long is ended with WatchSilentError. Milliseconds. */
  readonly silenceMs: number;
}

/** A bookmark carries no object, only how far the watch has come. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

export type Patch =
  | { readonly type: 'merge'; readonly value: object }
  | { readonly type: 'json'; readonly operations: readonly JsonPatchOperation[] };

/** Reading. @throws ApiError (the server said no), ApiUnreachableError (no answer), or the signal's reason. */
export interface KubeReader {
  get(resource: Resource, name: ObjectName, options: CallOptions): Promise<KubeObject>;
  list(resource: Resource, query: ListQuery, options: CallOptions): Promise<ListPage>;
  /** Ends when the server ends it. Breaking out of the loop closes the connection. @throws also WatchSilentError */
  watch(
    resource: Resource,
    query: WatchQuery,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent>;
}

/** Writing. @throws as reading does; LeadershipLostError from a fenced client. The answer is the object as it is stored. */
export interface KubeWriter {
  /** @throws ApiError `AlreadyExists` */
  create(resource: Resource, object: ObjectToWrite, options: WriteOptions): Promise<KubeObject>;
  /** PUT; metadata.resourceVersion guards it. @throws ApiError `Conflict` */
  replace(resource: Resource, object: ObjectToWrite, options: WriteOptions): Promise<KubeObject>;
  /** Server-side apply: creates it, or makes the fields of this manager what `object` says. */
  apply(resource: Resource, object: ObjectToWrite, options: ApplyOptions): Promise<KubeObject>;
  patch(
    resource: Resource,
    name: ObjectName,
    patch: Patch,
    options: PatchOptions,
  ): Promise<KubeObject>;
  /** Resolves when the server has accepted it; finalizers may keep the object. @throws ApiError `NotFound` */
  delete(resource: Resource, name: ObjectName, options: DeleteOptions): Promise<void>;
}

export interface KubeClient extends KubeReader, KubeWriter {}

/** `object` of `deleted` is the last state known. An object that was re-created under its name is `deleted`, then `added`. */
export type StoreEvent<T> =
  | { readonly type: 'added'; readonly key: string; readonly object: T }
  | { readonly type: 'updated'; readonly key: string; readonly object: T; readonly old: T }
  | { readonly type: 'deleted'; readonly key: string; readonly object: T };

/** What a reflector knows: a cache, some milliseconds old, older while the API server is away. Keys as keyOf makes them. */
export interface Store<T> {
  readonly size: number;
  get(key: string): T | undefined;
  keys(): Iterable<string>;
  values(): Iterable<T>;
  /** Objects for which the named index function returned `value`. @throws Error on an index that does not exist */
  byIndex(index: string, value: string): readonly T[];
}

/** A cache that follows one resource. */
export interface Source<T> {
  /** For logs and metrics: the plural of the resource. */
  readonly name: string;
  readonly store: Store<T>;
  /** True once the first list is complete. It stays true while the API server is away. */
  readonly hasSynced: boolean;
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Handlers are called in the order of events, and must not wait. Returns the unsubscribing function. */
  onEvent(handler: (event: StoreEvent<T>) => void): () => void;
}

/** What a controller watches, and which keys an event concerns. Also called for `old` of an update by the runtime. */
export interface WatchedSource<T> {
  readonly source: Source<T>;
  /** Keys (namespace/name) of the objects to reconcile. Pure. */
  readonly keysOf: (object: T) => Iterable<string>;
  /** Events that change nothing of interest, left out; all count when absent. Updates only. */
  readonly isRelevant?: (object: T, old: T) => boolean;
}

export interface ReconcileContext {
  /** Aborts when leadership is lost, at the end of a graceful stop's patience, or at the reconcile's own deadline. */
  readonly signal: AbortSignal;
  /** With controller, key and reconcileID. */
  readonly logger: Logger;
  /** Failures of this key in a row before this attempt. */
  readonly failures: number;
}

export interface ReconcileResult {
  /** In words, for the log: `up to date`, `waits for the switchover`. */
  readonly outcome: string;
  /** Look again after this long even if nothing happens. Milliseconds. */
  readonly requeueAfterMs?: number;
}

/**
 * Brings the world one step nearer to what the object of this key says. Level-triggered: called with the key only, any
 * number of times, after a crash anywhere. Never called for the same key by two workers at once. A rejection is retried with back-off.
 */
export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileResult>;

/** An occasion worth an Event. `reason` is one of the fixed words of the recorder. No secret belongs into `note`. */
export interface EventToRecord<Reason extends string = string> {
  readonly regarding: KubeObject | ObjectReference;
  readonly related?: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  /** What the controller did or tried: `Scale`, `Failover`. UpperCamelCase, at most 128 characters. */
  readonly action: string;
  /** For a person; cut at 1 kB. */
  readonly note: string;
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
}

/** Never throws and never waits: events are sent in the background, deduplicated and rate limited; what is too much is dropped and counted. */
export interface EventRecorder<Reason extends string = string> {
  record(event: EventToRecord<Reason>): void;
}
