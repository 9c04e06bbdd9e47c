// The only reader of environment variables in the functions: what serverless.yml gives each of them.
import { InvalidRequestError } from '../errors.ts';

function required(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new InvalidRequestError(
      `The function's environment lacks ${name}: deploy the stack again with its own serverless.yml.`,
    );
  return value;
}

/** Getters, so that a function needs only the variables it reads. */
export const environment = {
  get tableName() {
    return required('TABLE_NAME');
  },
  /** Value of the tag `serverless-image-builder:stack` on everything this stack makes. */
  get stackId() {
    return required('STACK_ID');
  },
  get stackName() {
    return required('STACK_NAME');
  },
  get region() {
    return required('AWS_REGION');
  },
  get accountId() {
    return required('ACCOUNT_ID');
  },
  get partition() {
    return required('PARTITION');
  },
  /** By its name: a function that the machine calls cannot have a reference to it in the template. */
  get stateMachineArn() {
    const { partition, region, accountId, stackName } = environment;
    return `arn:${partition}:states:${region}:${accountId}:stateMachine:${stackName}-build-image`;
  },
  get eventBusName() {
    return required('EVENT_BUS_NAME');
  },
  get scheduleGroupName() {
    return required('SCHEDULE_GROUP_NAME');
  },
  get scheduleRoleArn() {
    return required('SCHEDULE_ROLE_ARN');
  },
  get startBuildFunctionArn() {
    return required('START_BUILD_FUNCTION_ARN');
  },
  get applyLifecycleFunctionArn() {
    return required('APPLY_LIFECYCLE_FUNCTION_ARN');
  },
  get deadLetterQueueArn() {
    return required('DEAD_LETTER_QUEUE_ARN');
  },
  get deadLetterQueueUrl() {
    return required('DEAD_LETTER_QUEUE_URL');
  },
  /** ARNs of the topics whose messages are heard. */
  get packageUpdateTopics() {
    return required('PACKAGE_UPDATE_TOPICS')
      .split(',')
      .map((arn) => arn.trim())
      .filter((arn) => arn !== '');
  },
  /** Minutes in which updates gather before a build starts. */
  get packageUpdateMinutes() {
    return Number(required('PACKAGE_UPDATE_MINUTES'));
  },
  /** The accounts beside its own that images may go to. */
  get accounts() {
    return required('ACCOUNTS')
      .split(',')
      .map((id) => id.trim())
      .filter((id) => /^[0-9]{12}$/.test(id));
  },
  /** The role that functions take in each of them. */
  get distributionRoleName() {
    return required('DISTRIBUTION_ROLE_NAME');
  },
  /** Lambda's own (Lambda developer guide, defined runtime environment variables). */
  get functionName() {
    return required('AWS_LAMBDA_FUNCTION_NAME');
  },
  /** What may be copied to one region at once. */
  get copyLimits() {
    return { snapshots: Number(required('SNAPSHOT_COPIES')), images: Number(required('AMI_COPIES')) };
  },
  /** Launches that EC2 takes in a second. */
  get launchesPerSecond() {
    return Number(required('LAUNCHES_PER_SECOND'));
  },
  /** Milliseconds that one copy may take. */
  get copyLimit() {
    return Number(required('COPY_HOURS')) * 3_600_000;
  },
  get instanceProfileName() {
    return required('INSTANCE_PROFILE_NAME');
  },
  get logRetentionDays() {
    return Number(required('LOG_RETENTION_DAYS'));
  },
};
