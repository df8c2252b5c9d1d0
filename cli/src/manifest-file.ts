import { readFile } from 'node:fs/promises';
import { type Manifest, type MysqlCluster, parseManifest } from '@radondb/api';
import { systemCode } from '@radondb/box';
import { parseAllDocuments } from 'yaml';
import { UsageError } from './exit-codes.ts';

export interface ClusterFile {
  readonly clusters: readonly MysqlCluster[];
  /** Sentences for a person; nothing is wrong. */
  readonly warnings: readonly string[];
}

/** Reads a file of clusters. @throws UsageError that lists everything that is wrong with it. */
export async function readClusterFile(path: string): Promise<ClusterFile> {
  return parseClusterFile(path, await readText(path));
}

/** @throws UsageError as above; `path` is for the messages. */
export function parseClusterFile(path: string, text: string): ClusterFile {
  const parsed = parseAllDocuments(text, { prettyErrors: true });
  const documents = 'empty' in parsed ? [] : parsed;
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    const lines = errors.map((error) => {
      const [start] = error.linePos ?? [];
      const place = start === undefined ? '' : `:${start.line}:${start.col}`;
      const [what] = error.message.split('\n');
      return `${path}${place}: ${(what ?? '').replace(/ at line \d+, column \d+:?$/, '')}`;
    });
    throw new UsageError(`${path} is not YAML:\n${lines.map((it) => `  ${it}`).join('\n')}`);
  }
  const manifest = parseManifest(documents.map((document) => toValue(path, document)));
  if (manifest.problems.length > 0) throw new UsageError(describeProblems(path, manifest));
  if (manifest.clusters.length === 0) {
    throw new UsageError(`${path} names no cluster: see manifests/samples/cluster.yaml`);
  }
  const warnings = manifest.warnings.map((it) => `${it.object}: ${it.field} ${it.message}`);
  return { clusters: manifest.clusters, warnings };
}

function toValue(path: string, document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    // Aliases that expand without end.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${path} cannot be read: ${why}`, { cause });
  }
}

function describeProblems(path: string, manifest: Manifest): string {
  const { problems } = manifest;
  const lines = problems.map((it) => {
    const field = it.field === '' ? '' : `${it.field}: `;
    return `  ${it.object}: ${field}${it.message}`;
  });
  const count = problems.length === 1 ? 'One thing is' : `${problems.length} things are`;
  return `${count} wrong in ${path}:\n${lines.join('\n')}`;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = systemCode(cause);
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'EACCES'
            ? 'permission denied'
            : String(cause);
    throw new UsageError(`${path} cannot be read: ${why}`, { cause });
  }
}
