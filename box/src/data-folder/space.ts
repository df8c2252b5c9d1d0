import { statfs } from 'node:fs/promises';
import { MachineError } from '../errors.ts';

const MIB = 1024 * 1024;
/** What a member needs to begin with: an empty server, its redo log, binlogs, and room for a while. */
export const BYTES_PER_MEMBER = 1024 * MIB;

/** @throws MachineError when the file system of `path` has no room for that many new members. */
export async function requireSpace(path: string, newMembers: number): Promise<void> {
  if (newMembers === 0) return;
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  const needed = newMembers * BYTES_PER_MEMBER;
  if (free >= needed) return;
  throw new MachineError(
    `Not enough space in ${path}: ${newMembers} new member(s) need ${gib(needed)}, ${gib(free)} are free. ` +
      'Free some, or choose another file system with --data or RADONDB_DATA.',
  );
}

function gib(bytes: number): string {
  return `${(bytes / (1024 * MIB)).toFixed(1)} GiB`;
}
