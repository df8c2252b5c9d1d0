/**
 * A container as a process of this machine: there is no file system of its own, so its paths are replaced by those of its volumes
 * and, for the rest, of its image's folder. Pure.
 */
import { isAbsolute, join } from 'node:path';
import type { KubeObject } from '@radondb/controller/runtime/kube-object';
import type { Container, EnvVar } from './pod-spec.ts';

export interface ContainerPlace {
  readonly pod: KubeObject;
  readonly podIp: string;
  /** Volume → folder. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Folder that stands for the root of the container's image. */
  readonly imageRoot: string;
  /** What a container on this machine needs beside what its pod says; it wins. */
  readonly extraEnv: Readonly<Record<string, string>>;
}

export interface ContainerProcess {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What cannot be run here. */
export class UnsupportedPodError extends Error {
  override readonly name = 'UnsupportedPodError';
  readonly code = 'UNSUPPORTED_POD';
}

/** @throws UnsupportedPodError naming the field */
export function containerProcess(container: Container, place: ContainerPlace): ContainerProcess {
  const at = (path: string): string => hostPath(path, container, place);
  const [file, ...rest] = [...(container.command ?? []), ...(container.args ?? [])];
  if (file === undefined)
    throw new UnsupportedPodError(
      `container ${container.name} has no command: images have no entry point here`,
    );
  const env = Object.fromEntries(
    (container.env ?? []).map((it) => [it.name, at(envValue(it, place))]),
  );
  return { file: at(file), args: rest.map(at), env: { ...env, ...place.extraEnv } };
}

/** Only whole absolute paths are replaced: `/a/b`, not `--x=/a/b`. */
function hostPath(text: string, { volumeMounts = [] }: Container, place: ContainerPlace): string {
  if (!isAbsolute(text)) return text;
  const mounts = volumeMounts.toSorted((a, b) => b.mountPath.length - a.mountPath.length);
  const mount = mounts.find((it) => text === it.mountPath || text.startsWith(`${it.mountPath}/`));
  if (mount === undefined) return join(place.imageRoot, text);
  const folder = place.volumes.get(mount.name);
  if (folder === undefined)
    throw new UnsupportedPodError(`volumeMounts name the volume ${mount.name}, which is none`);
  return join(folder, mount.subPath ?? '', text.slice(mount.mountPath.length));
}

function envValue({ name, value, valueFrom }: EnvVar, { pod, podIp }: ContainerPlace): string {
  if (valueFrom === undefined) return value ?? '';
  const fields = new Map([
    ['metadata.name', pod.metadata.name],
    ['metadata.namespace', pod.metadata.namespace ?? ''],
    ['metadata.uid', pod.metadata.uid],
    ['status.podIP', podIp],
  ]);
  const found = fields.get(valueFrom.fieldRef?.fieldPath ?? '');
  if (found !== undefined) return found;
  throw new UnsupportedPodError(
    `env ${name}: valueFrom knows ${[...fields.keys()].join(', ')} here`,
  );
}
