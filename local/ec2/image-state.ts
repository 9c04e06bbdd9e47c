// DisableImage and EnableImage: an AMI that is put out of use without being lost, and when an AMI was last used.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/disable-an-ami.html
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { announceImage } from './announcement.ts';
import { required } from './input.ts';
import type { ImageRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { ownImage } from './snapshot.ts';

const day = 24 * 60 * 60 * 1000;

/** Remembers a launch; of the last day only the newest, since none of them is told yet. */
export function noteLaunch(image: ImageRecord, time: number): void {
  const { launched } = image;
  const told = launched && time - Date.parse(launched.last) >= day ? launched.last : launched?.told;
  image.launched = { last: new Date(time).toISOString(), ...(told && { told }) };
}

/** When it was last used to launch an instance: told a day later (API reference, Image). */
export function lastLaunchedTime({ launched }: ImageRecord, now: number): string | undefined {
  if (!launched) return undefined;
  return now - Date.parse(launched.last) >= day ? launched.last : launched.told;
}

export function imageStateOperations(ec2: Ec2): Record<string, Operation> {
  const move = (input: Input, caller: Caller, from: ImageRecord['state'], to: 'available' | 'disabled') => {
    const image = ownImage(ec2, caller, required(input, 'ImageId'));
    if (image.state === to) return { return: true };
    if (image.state !== from)
      throw new AwsError('IncorrectState', `The image '${image.imageId}' is in the state ${image.state}, not ${from}`);
    image.state = to;
    // Who had access loses it, and does not get it back by itself.
    if (to === 'disabled') image.launchPermissions = [];
    ec2.records.save();
    announceImage(ec2.cloud, image, to);
    return { return: true };
  };
  return {
    DisableImage: (input, caller) => move(input, caller, 'available', 'disabled'),
    EnableImage: (input, caller) => move(input, caller, 'disabled', 'available'),
  };
}
