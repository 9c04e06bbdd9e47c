// Commands that use the cloud each hold a connection open; a cloud that a command started ends when the last of them has gone, however it went.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export type Leases = {
  /** Takes over the connection of a command that asks for `/lease`, or for `/lease/stay`: the cloud then stays until it is stopped. */
  take(request: IncomingMessage, connection: Duplex): void;
  /** The process that started the cloud does not hold it any more, but by a lease of its own. */
  starterGone(): void;
  /** From now on no command may begin to use the cloud. */
  refuse(): void;
  /** Closes the connections of those that still use it. */
  close(): void;
};

export type LeaseSettings = {
  /** Called once, when nobody uses the cloud any more; without it the cloud stays from the beginning. */
  unused?: (() => void) | undefined;
  /** Called when a command asks the cloud to stay. */
  stay(): void;
};

const protocol = 'image-builder-lease';

export function leases({ unused, stay }: LeaseSettings): Leases {
  const held = new Set<Duplex>();
  let stays = unused === undefined;
  let starter = true;
  let refused = false;

  const idle = () => !stays && !starter && held.size === 0;
  const look = () => {
    if (refused || !idle()) return;
    refused = true;
    unused?.();
  };
  const refusal = ({ headers, url = '' }: IncomingMessage) => {
    if (headers.upgrade !== protocol || !/^\/lease(\/stay)?$/.test(url)) return '404 Not Found';
    return refused ? '503 Service Unavailable' : undefined;
  };

  return {
    take(request, connection) {
      // A command that was killed may leave a connection that is reset.
      connection.on('error', () => {});
      const refusing = refusal(request);
      if (refusing) {
        connection.end(`HTTP/1.1 ${refusing}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      held.add(connection);
      if (request.url === '/lease/stay' && !stays) {
        stays = true;
        stay();
      }
      connection.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
      connection.once('end', () => {
        held.delete(connection);
        connection.end(idle() ? 'ends' : 'stays');
        look();
      });
      connection.once('close', () => {
        held.delete(connection);
        look();
      });
      connection.resume();
    },
    starterGone() {
      starter = false;
      look();
    },
    refuse() {
      refused = true;
    },
    close() {
      refused = true;
      for (const connection of held) connection.destroy();
    },
  };
}
