/** A client joined to its server. */
import type { Socket } from 'node:net';

export interface Link {
  /** Ends both connections with a TCP reset, at once: nothing that is still buffered reaches either side. */
  cut(): void;
}

/** Milliseconds that a client may keep a connection whose server has already said goodbye. */
const LINGER_MS = 10_000;

/**
 * Copies both ways. Back-pressure and half-close are the streams' own: a slow reader stops the other side's reading, and
 * an end is passed on while the other direction keeps flowing. Both sockets must allow half-open.
 * @param onClosed called once, when both are gone.
 */
export function joinSockets(client: Socket, backend: Socket, onClosed: () => void): Link {
  let open = 2;
  const cut = (): void => {
    reset(client);
    reset(backend);
  };
  const watch = (socket: Socket, other: Socket): void => {
    // A broken side is passed on as a broken side: a clean end would look like a complete answer.
    socket.on('error', () => reset(other));
    socket.on('close', () => {
      if (!finished(socket) || !finished(other)) reset(other);
      open -= 1;
      if (open === 0) onClosed();
    });
  };
  watch(client, backend);
  watch(backend, client);
  // mysqld never half-closes. What it still had to say gets through, then the client has some time to go by itself.
  backend.once('end', () => {
    client.setTimeout(LINGER_MS, cut);
  });
  client.pipe(backend);
  backend.pipe(client);
  return { cut };
}

/** Both directions have come to their regular end (the writing one may still be flushing). */
function finished(socket: Socket): boolean {
  return socket.readableEnded && socket.writableEnded;
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
