import { builtinColumns } from '../table/builtin-columns.ts';
import { type BuiltinEntry, builtinEntries, builtinSchema } from './builtin-schemas.ts';
import { eventFromCore, eventToCore } from './event-versions.ts';
import type { Resource } from './resource.ts';

const EVENT_FIELDS = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source.component',
  'type',
];

const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  '/events': EVENT_FIELDS,
  '/namespaces': ['status.phase'],
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
};

export function builtinResources(): Resource[] {
  return builtinEntries.map(toResource);
}

function toResource(entry: BuiltinEntry): Resource {
  const { group, version, plural, kind } = entry;
  // Both groups of events show the same objects, kept in the form of the core group.
  const isNewEvent = group === 'events.k8s.io';
  const storage = isNewEvent ? '/events' : `${group}/${plural}`;
  return {
    group,
    version,
    plural,
    singular: entry.singular,
    kind,
    listKind: `${kind}List`,
    namespaced: entry.namespaced,
    shortNames: entry.shortNames,
    categories: entry.categories,
    hasStatus: entry.status,
    scale: entry.scale
      ? {
          specReplicasPath: '.spec.replicas',
          statusReplicasPath: '.status.replicas',
          labelSelectorPath: '.spec.selector',
        }
      : null,
    schema: builtinSchema(entry.schema),
    schemaName: entry.schema,
    isCustom: false,
    columns: builtinColumns(storage),
    selectableFields: SELECTABLE[storage] ?? [],
    storage,
    ...(isNewEvent && { fromStored: eventFromCore, toStored: eventToCore }),
  };
}
