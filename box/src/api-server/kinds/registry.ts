import { type GroupResource, StatusError } from '../status-error.ts';
import { builtinResources } from './builtin.ts';
import { type Crd, customResources } from './custom.ts';
import type { Resource } from './resource.ts';

/** Every kind that is served now. */
export class Registry {
  readonly #builtin = builtinResources();
  readonly #custom = new Map<string, Resource[]>();

  /** Serves what an established definition says, in place of what it said before. */
  define(crd: Crd): void {
    this.#custom.set(crd.metadata.name, customResources(crd));
  }

  undefine(name: string): void {
    this.#custom.delete(name);
  }

  all(): Resource[] {
    return [...this.#builtin, ...[...this.#custom.values()].flat()];
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    const isIt = (one: Resource) =>
      one.group === group && one.version === version && one.plural === plural;
    return (
      this.#builtin.find(isIt) ?? this.#custom.get(`${plural}.${group}`)?.find((one) => isIt(one))
    );
  }

  findKind(apiVersion: string, kind: string): Resource | undefined {
    const [version, group = ''] = apiVersion.split('/').reverse();
    return this.all().find(
      (one) => one.group === group && one.version === version && one.kind === kind,
    );
  }

  /** @throws StatusError 404 */
  get(group: string, version: string, plural: string): Resource {
    const found = this.find(group, version, plural);
    if (found === undefined) throw notServed();
    return found;
  }

  /** One resource for each place where objects are stored. */
  storages(): Resource[] {
    const seen = new Map<string, Resource>();
    for (const one of this.all()) if (!seen.has(one.storage)) seen.set(one.storage, one);
    return [...seen.values()];
  }
}

/** A path that leads nowhere: answered as text, as a real API server does. */
export const NOT_SERVED = '404 page not found';

export function notServed(): StatusError {
  return new StatusError(404, 'NotFound', NOT_SERVED);
}

export const NAMESPACES: GroupResource = { group: '', plural: 'namespaces' };
