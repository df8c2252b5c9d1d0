/** Folders that stand for the root file systems of images: nothing is pulled, the programs are this machine's. */
import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MysqlInstallation } from '@radondb/scripts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { UnsupportedPodError } from './container-process.ts';

export interface ImageOptions {
  /** Below it the folders are made. */
  readonly folder: string;
  readonly mysqld: MysqlInstallation;
  /** Path of setpriv: mysqld ends with its agent, as with PID 1 of a container. Null where there is none. */
  readonly setpriv: string | null;
  /** Name of the operator's image, which brings the agent. */
  readonly operatorImage: string;
  /** Bundles of the agent and of its installer: path of the file. */
  readonly agentBundle: string;
  readonly installBundle: string;
}

/** @returns image → folder; it throws UnsupportedPodError for an image that nothing here stands for */
export async function prepareImages(options: ImageOptions): Promise<(image: string) => string> {
  const { folder, operatorImage, mysqld } = options;
  const operator = join(folder, 'operator');
  await link(process.execPath, join(operator, 'radondb', 'node'));
  await link(options.agentBundle, join(operator, 'radondb', 'agent.mjs'));
  await link(options.installBundle, join(operator, 'radondb', 'install.mjs'));
  const mysql = join(folder, 'mysql');
  const program = join(mysql, 'usr', 'sbin', 'mysqld');
  await mkdir(dirname(program), { recursive: true });
  await writeFileAtomic(program, wrapper(options));
  await chmod(program, 0o755);
  return (image) => {
    if (image === operatorImage) return operator;
    requireVersion(image, mysqld.version);
    return mysql;
  };
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink(target, path);
}

/** A private MySQL needs its own loader and folders. `exec`: the process is mysqld's own. */
function wrapper({ mysqld, setpriv }: ImageOptions): string {
  const before = setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL'];
  const command = [...before, mysqld.mysqld.file, ...mysqld.mysqld.args].map(quote).join(' ');
  return `#!/bin/sh\nexec ${command} "$@" ${mysqld.serverArgs.map(quote).join(' ')}\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** `mysql:9.7`, `registry/mysql:9.7.4`: the tag says the version. @throws UnsupportedPodError */
function requireVersion(image: string, here: string): void {
  const wanted = /:(\d+\.\d+)[^:/]*$/.exec(image)?.[1];
  const series = /^\d+\.\d+/.exec(here)?.[0];
  if (wanted === undefined || wanted === series) return;
  throw new UnsupportedPodError(
    `image ${image} is MySQL ${wanted}, and this machine has MySQL ${here}: use ${series ?? here}, or set RADONDB_MYSQLD to a mysqld of ${wanted}`,
  );
}
