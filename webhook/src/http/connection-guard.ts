import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Bounds the connections of a server, and lets nobody keep others out by opening many and sending
 * nothing: when there is no room, the connection goes that has waited longest without having had
 * one request answered. The API server's, which are used again and again, stay.
 *
 * @param maximum connections at a time
 */
export function guardConnections(server: Server, maximum: number): () => number {
  /** In the order in which they came. */
  const unproven = new Map<string, Socket>();
  let open = 0;
  // TLS wraps the socket in another: the peer's address is what both have.
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket);
    open += 1;
    unproven.set(key, socket);
    socket.once('close', () => {
      open -= 1;
      if (unproven.get(key) === socket) unproven.delete(key);
    });
    if (open <= maximum) return;
    const [oldest] = unproven.values();
    oldest?.destroy();
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const key = keyOf(request.socket);
    response.once('finish', () => unproven.delete(key));
  });
  return () => open;
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
