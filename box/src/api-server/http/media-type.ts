/** How an answer shall look: the object itself, a Table of it, or its metadata alone. */
export type Representation = 'object' | 'table' | 'metadata';

interface Accepted {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export function parseAccept(header: string | undefined): Accepted[] {
  return (header ?? '*/*').split(',').map((one) => {
    const [type = '', ...rest] = one.split(';').map((part) => part.trim());
    return {
      type,
      parameters: Object.fromEntries(rest.map((part) => part.split('=', 2))) as Record<
        string,
        string
      >,
    };
  });
}

function isJson(type: string): boolean {
  return type === 'application/json' || type === '*/*' || type === 'application/*';
}

/** The first form asked for that this server has; null when there is none. */
export function representationOf(header: string | undefined): Representation | null {
  for (const { type, parameters } of parseAccept(header)) {
    if (!isJson(type)) continue;
    const as = parameters['as'];
    if (as === undefined) return 'object';
    const isCurrent = parameters['v'] === 'v1' && parameters['g'] === 'meta.k8s.io';
    if (as === 'Table' && isCurrent) return 'table';
    if ((as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') && isCurrent)
      return 'metadata';
  }
  return null;
}

/** Whether a client understands aggregated discovery (v2). */
export function acceptsAggregated(header: string | undefined): boolean {
  return parseAccept(header).some(
    ({ type, parameters }) =>
      isJson(type) &&
      parameters['g'] === 'apidiscovery.k8s.io' &&
      parameters['v'] === 'v2' &&
      parameters['as'] === 'APIGroupDiscoveryList',
  );
}
