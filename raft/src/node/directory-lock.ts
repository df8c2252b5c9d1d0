/**
 * One process at a time in a directory. The lock is a socket that its owner listens on: the system closes it when the
 * process ends, however it ends, so that a lock that nobody answers on is a dead one. Process ids would not do: they
 * are used again, and mean nothing in another container.
 */
import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { FileLogError } from './errors.ts';

const NAME = 'lock';

export interface DirectoryLock {
  release(): Promise<void>;
}

function listen(at: string): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(at, () => {
      // The lock must not keep the process alive.
      server.unref();
      resolve(server);
    });
  });
}

function answers(at: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(at);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Throws FileLogError `RAFT_LOG_IN_USE`. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const handle = await open(directory, 'r');
  // A socket's path is limited to about a hundred bytes; by the descriptor it is always short.
  const base = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : directory;
  const own = `${NAME}.${randomUUID()}`;
  try {
    const server = await listen(`${base}/${own}`);
    try {
      await claim(directory, base, own);
    } catch (error) {
      await closeServer(server);
      throw error;
    } finally {
      await rm(path.join(directory, own), { force: true });
    }
    return {
      release: async () => {
        await rm(path.join(directory, NAME), { force: true });
        await closeServer(server);
      },
    };
  } finally {
    await handle.close();
  }
}

function closeServer(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** Gives the own socket the lock's name. Linking fails when the name is taken: there is no moment between. */
async function claim(directory: string, base: string, own: string): Promise<void> {
  const file = path.join(directory, NAME);
  for (let tries = 0; tries < 3; tries++) {
    try {
      await link(path.join(directory, own), file);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await answers(`${base}/${NAME}`)) break;
    const dead = `${NAME}.${randomUUID()}`;
    try {
      await rename(file, path.join(directory, dead));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    // Another process may have taken the lock just before the renaming: it gets it back.
    const stolen = await answers(`${base}/${dead}`);
    if (stolen) await link(path.join(directory, dead), file);
    await rm(path.join(directory, dead), { force: true });
    if (stolen) break;
  }
  throw new FileLogError(
    'RAFT_LOG_IN_USE',
    `${directory} is in use by another process: stop that one, or give this node a directory of its own`,
    { file },
  );
}
