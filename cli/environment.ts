// The one place where the command line reads its environment.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this repository. */
export const repository = resolve(fileURLToPath(import.meta.url), '..', '..');

export const environment = {
  /** Set by users who point every AWS client somewhere else; only named in messages. */
  endpoint: process.env.AWS_ENDPOINT_URL,
  region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION,
  /** https://no-color.org and dumb terminals. */
  colours: process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb',
};
