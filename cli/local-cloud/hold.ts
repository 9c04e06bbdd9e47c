// The connection by which a command holds a local cloud: a cloud that a command started ends when the last of them is closed.

// Not imported: an import reads every export, and one of this module's loads all of undici (a fifth of a command's start).
const { request } = process.getBuiltinModule('node:http');

export type Hold = {
  /** Resolves when the connection is closed, by whomever. */
  closed: Promise<void>;
  /** True when the cloud ends now, because nobody else uses it. */
  release(): Promise<boolean>;
};

const patience = 5000;

/** Undefined where no cloud can be held: nothing listens, or it is ending. `stay`: it is to stay until it is stopped. */
export function holdCloud(endpoint: string, stay: boolean): Promise<Hold | undefined> {
  return new Promise((resolve) => {
    const asking = request(`${endpoint}/lease${stay ? '/stay' : ''}`, {
      agent: false,
      headers: { Connection: 'Upgrade', Upgrade: 'image-builder-lease' },
      timeout: patience,
    });
    asking.once('upgrade', (_, socket, head) => {
      let said = head.toString();
      socket.setTimeout(0);
      socket.on('error', () => undefined);
      socket.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
      const closed = new Promise<void>((done) => socket.once('close', () => done()));
      resolve({
        closed,
        async release() {
          socket.setTimeout(patience, () => socket.destroy());
          socket.end();
          await closed;
          return said === 'ends';
        },
      });
    });
    asking.once('response', (response) => {
      response.resume();
      resolve(undefined);
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(undefined));
    asking.once('close', () => resolve(undefined));
    asking.end();
  });
}
