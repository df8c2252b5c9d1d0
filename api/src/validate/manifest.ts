import type { FieldProblem } from '../schema/field-problem.ts';
import { API_VERSION, MYSQL_CLUSTER_KIND, type MysqlCluster } from '../v1/mysql-cluster.ts';
import { MYSQL_DATABASE_KIND } from '../v1/mysql-database.ts';
import { MYSQL_USER_KIND } from '../v1/mysql-user.ts';
import { checkLocal, warnOfIgnored } from './local.ts';
import { validateMysqlCluster } from './mysql-cluster.ts';
import type { FieldWarning } from './rule.ts';

/** Which object of the manifest a finding is about. */
export interface ManifestPlace {
  /** Position of the document, from 0; an item of a `List` has its list's. */
  readonly document: number;
  /** As in `MysqlCluster/demo`. */
  readonly object: string;
}

export interface Manifest {
  /** The good ones; nothing is filled in. */
  readonly clusters: readonly MysqlCluster[];
  readonly problems: readonly (FieldProblem & ManifestPlace)[];
  readonly warnings: readonly (FieldWarning & ManifestPlace)[];
}

/**
 * The documents of a YAML file for clusters on this machine → clusters and all findings. Empty
 * documents are passed over.
 */
export function parseManifest(documents: readonly unknown[]): Manifest {
  const clusters: MysqlCluster[] = [];
  const problems: (FieldProblem & ManifestPlace)[] = [];
  const warnings: (FieldWarning & ManifestPlace)[] = [];
  const seen = new Set<string>();
  for (const [place, value] of objectsOf(documents)) {
    const foreign = checkKind(value);
    if (foreign.length > 0) {
      problems.push(...foreign.map((item) => ({ ...item, ...place })));
      continue;
    }
    const result = validateMysqlCluster(value);
    problems.push(...result.problems.map((item) => ({ ...item, ...place })));
    warnings.push(...result.warnings.map((item) => ({ ...item, ...place })));
    if (result.cluster === null) continue;
    warnings.push(...warnOfIgnored(result.cluster).map((item) => ({ ...item, ...place })));
    const unable = checkLocal(result.cluster);
    problems.push(...unable.map((item) => ({ ...item, ...place })));
    if (unable.length > 0) continue;
    const key = `${result.cluster.metadata.namespace ?? ''}/${result.cluster.metadata.name}`;
    if (seen.has(key)) problems.push({ ...duplicate(result.cluster.metadata.name), ...place });
    else clusters.push(result.cluster);
    seen.add(key);
  }
  return { clusters, problems, warnings };
}

function* objectsOf(documents: readonly unknown[]): Iterable<[ManifestPlace, unknown]> {
  for (const [document, value] of documents.entries()) {
    if (value === null || value === undefined) continue;
    const items = isRecord(value) && value['kind'] === 'List' ? value['items'] : undefined;
    for (const item of Array.isArray(items) ? items : [value]) {
      yield [{ document, object: describe(item) }, item];
    }
  }
}

function checkKind(value: unknown): readonly FieldProblem[] {
  if (!isRecord(value)) {
    return [
      {
        field: '',
        reason: 'FieldValueTypeInvalid',
        message: 'is not an object: a manifest has apiVersion, kind, metadata and spec',
      },
    ];
  }
  const { apiVersion, kind } = value;
  if (typeof apiVersion === 'string' && apiVersion.startsWith('mysql.radondb.com/')) {
    return [
      {
        field: 'apiVersion',
        reason: 'FieldValueNotSupported',
        message: `is of the earlier operator: write ${API_VERSION} and move its fields over`,
      },
    ];
  }
  if (apiVersion === API_VERSION && typeof kind === 'string' && kind !== MYSQL_CLUSTER_KIND) {
    return [
      {
        field: 'kind',
        reason: 'FieldValueNotSupported',
        message: [MYSQL_USER_KIND, MYSQL_DATABASE_KIND].includes(kind)
          ? `is for Kubernetes: put the ${kind} into a file of its own and apply it with kubectl`
          : `must be ${MYSQL_CLUSTER_KIND}, not ${JSON.stringify(kind)}`,
      },
    ];
  }
  return [];
}

function duplicate(name: string): FieldProblem {
  return {
    field: 'metadata.name',
    reason: 'FieldValueDuplicate',
    message: `${name} is there twice in this manifest: rename or remove one`,
  };
}

function describe(value: unknown): string {
  if (!isRecord(value)) return 'value';
  const metadata = value['metadata'];
  const kind = typeof value['kind'] === 'string' ? value['kind'] : 'object';
  const name = isRecord(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? `${kind}/${name}` : kind;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
