import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes protobuf.json: field numbers, names and types of what kubectl sends in protobuf (`kubectl create
 * configmap` and its like), from Kubernetes' generated.proto files (Apache-2.0; in its Go modules).
 * `node generate-protobuf.ts FOLDER_OF_k8s.io/api FOLDER_OF_k8s.io/apimachinery`, then `npm run format`.
 */
const [api = '', machinery = ''] = process.argv.slice(2);
const FILES = [
  join(api, 'core/v1'),
  join(api, 'rbac/v1'),
  join(api, 'policy/v1'),
  join(machinery, 'pkg/apis/meta/v1'),
  join(machinery, 'pkg/util/intstr'),
  join(machinery, 'pkg/api/resource'),
];
const ROOTS = [
  'k8s.io.api.core.v1.ConfigMap',
  'k8s.io.api.core.v1.Namespace',
  'k8s.io.api.core.v1.Secret',
  'k8s.io.api.core.v1.Service',
  'k8s.io.api.core.v1.ServiceAccount',
  'k8s.io.api.policy.v1.PodDisruptionBudget',
  'k8s.io.api.rbac.v1.ClusterRole',
  'k8s.io.api.rbac.v1.ClusterRoleBinding',
  'k8s.io.api.rbac.v1.Role',
  'k8s.io.api.rbac.v1.RoleBinding',
  'k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions',
];

/** Field number → [name, type]; a type is `string`, `repeated X`, `map<string, X>` or a message's name. */
type Message = Record<string, [string, string]>;
const found = new Map<string, Message>();

for (const folder of FILES) {
  const text = readFileSync(join(folder, 'generated.proto'), 'utf8');
  const name = /^package (.+);/m.exec(text)?.[1] ?? '';
  for (const [, message = '', body = ''] of text.matchAll(/^message (\w+) \{\n(.*?)^\}/gms)) {
    const fields = body.matchAll(/^ {2}(optional |repeated )?(map<[^>]+>|[.\w]+) (\w+) = (\d+);/gm);
    const parsed: Message = {};
    for (const [, label = '', type = '', field = '', number = ''] of fields) {
      const full = type.replace(/[.\w]+/g, (one) => qualified(one, name));
      parsed[number] = [field, label === 'repeated ' ? `repeated ${full}` : full];
    }
    found.set(`${name}.${message}`, parsed);
  }
}

/** `.k8s.io.x.Y` is absolute, `Y` with a capital of the same package, everything else a scalar. */
function qualified(type: string, name: string): string {
  if (type.startsWith('.')) return type.slice(1);
  return /^[A-Z]/.test(type) ? `${name}.${type}` : type;
}

const kept = new Map<string, Message>();
function keep(name: string): void {
  const message = found.get(name);
  if (message === undefined || kept.has(name)) return;
  kept.set(name, message);
  for (const [, type] of Object.values(message))
    for (const part of type.match(/[.\w]+/g) ?? []) keep(part);
}
for (const root of ROOTS) keep(root);

const lines = [...kept]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`);
writeFileSync(join(import.meta.dirname, 'protobuf.json'), `{\n${lines.join(',\n')}\n}\n`);
