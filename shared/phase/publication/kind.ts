// What a kind of target has to be able to do.
import type { AmiSettings } from '../../aws/ami-settings.ts';
import type { AmisAt } from '../../aws/amis.ts';
import type { LaunchTemplates } from '../../aws/launch-templates.ts';
import type { PublishedParameters } from '../../aws/published-parameters.ts';
import type { Target } from '../../build/target.ts';
import type { MovingChannels } from '../move-channel.ts';

/** What targets are set through, by region and account (the stack's own where left out). */
export type Reach = Omit<MovingChannels, 'amis'> & {
  amis: AmisAt;
  amiSettings(region: string, account?: string): AmiSettings;
  launchTemplates(region: string, account?: string): LaunchTemplates;
  publishedParameters(region: string, account?: string): PublishedParameters;
  stackId: string;
  stackName: string;
};

/** The image whose publication it is, the ISO time at which that began, and the epoch milliseconds after which this invocation can no longer act. */
export type Publishes = { image: string; began: string; now: number; until: number };

/**
 * The build that has ended, in epoch milliseconds. `acting`: until when a function may still set targets (0: none does);
 * `quiet`: after that nothing was asked for any more.
 */
export type Undoes = { image: string; acting: number; quiet: number; now: number };

export type Kind<T extends Target> = {
  /**
   * Sets the target, where it holds what it held before us; one that holds our value already is left as it is. Safe to
   * repeat. InvalidRequestError where somebody else changed it in the meantime; NotReadyError while AWS has not taken it.
   */
  apply(reach: Reach, target: T, publishes: Publishes): Promise<void>;
  /** Puts it back, where it still holds our value. Safe to repeat. NotReadyError while our value may still appear. */
  undo(reach: Reach, target: T, undoes: Undoes): Promise<void>;
  /** The AMIs that consumers reach through it, which must not go before it is put back; none where that does no harm. */
  shows(target: T): string[];
};

/** Milliseconds after which what AWS does behind its answer has happened, or never will. */
export const settling = 60_000;
