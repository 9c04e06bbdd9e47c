// An SSM parameter that holds the AMI's id. One of the data type aws:ec2:image is checked by AWS behind the answer: whether it
// took is known only when it is read (Systems Manager user guide, native parameter support for AMI ids).
import { type SsmParameterTarget, targetName } from '../../build/target.ts';
import { InvalidRequestError, NotReadyError } from '../../errors.ts';
import { type Kind, settling } from './kind.ts';

/** Milliseconds from the beginning of the publication after which a value that was not taken never will be. */
const patience = 5 * 60_000;

const isAsynchronous = ({ after }: SsmParameterTarget) => after.dataType === 'aws:ec2:image';

export const ssmParameter: Kind<SsmParameterTarget> = {
  async apply({ publishedParameters }, target, { began, now }) {
    const { region, account, id, before, after } = target;
    const parameters = publishedParameters(region, account);
    const present = (await parameters.find(id))?.value;
    if (present === after.value) return;
    if (present !== before.value)
      throw new InvalidRequestError(
        `${targetName(target)} held ${before.value ?? 'nothing'} when publishing began and holds ${present ?? 'nothing'} now: somebody else changed it, so nothing is published. Build again, or retry where retainForRetry keeps the AMI.`,
      );
    await parameters.put(id, after.value, after.dataType, before.value !== undefined);
    if (!isAsynchronous(target) || (await parameters.find(id))?.value === after.value) return;
    if (now - Date.parse(began) < patience)
      throw new NotReadyError(`${targetName(target)} does not hold ${after.value} yet: AWS checks the AMI first.`);
    throw new InvalidRequestError(
      `${targetName(target)} still does not hold ${after.value}: AWS checks behind its answer that the AMI is available in the parameter's account, and tells why it refused in an event "Parameter Store Change" with an exception.`,
    );
  },
  async undo(reach, target, { quiet, now }) {
    const { region, account, id, before, after } = target;
    const parameters = reach.publishedParameters(region, account);
    const present = (await parameters.find(id))?.value;
    if (present !== after.value) {
      // What was asked for in the last moment may still be taken.
      if (isAsynchronous(target) && present === before.value && now < quiet + settling)
        throw new NotReadyError(`${targetName(target)} may still take ${after.value}.`);
      return;
    }
    if (before.value === after.value) return;
    if (before.value === undefined) {
      await parameters.remove(id);
      return;
    }
    await parameters.put(id, before.value, after.dataType, true);
    if (!isAsynchronous(target) || (await parameters.find(id))?.value !== after.value) return;
    // AWS gives such a parameter no AMI that has gone meanwhile.
    if ((await reach.amis(region, account).find(before.value))?.state !== 'available') await parameters.remove(id);
    else throw new NotReadyError(`${targetName(target)} does not hold ${before.value} again yet.`);
  },
  shows: ({ after }) => [after.value],
};
