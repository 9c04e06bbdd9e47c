// What serverless.yml gives functions, and Lambda beside it: every variable that any of them reads.

export const accountId = '123456789012';

export const functionEnvironment = {
  ...{ AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: 'the-function', TABLE_NAME: 'builds' },
  ...{ STACK_ID: 'the-stack', STACK_NAME: 'stack', ACCOUNT_ID: accountId, PARTITION: 'aws' },
  ...{ ACCOUNTS: 'none', DISTRIBUTION_ROLE_NAME: 'distribution', EVENT_BUS_NAME: 'bus' },
  ...{ INSTANCE_PROFILE_NAME: 'builders', LOG_RETENTION_DAYS: '30', STATE_MACHINE_ARN: 'the-machine' },
  ...{ LAUNCHES_PER_SECOND: '2', SNAPSHOT_COPIES: '20', AMI_COPIES: '300', COPY_HOURS: '72' },
  ...{ PACKAGE_UPDATE_TOPICS: 'arn', PACKAGE_UPDATE_MINUTES: '10', SCHEDULE_GROUP_NAME: 'stack' },
  ...{ SCHEDULE_ROLE_ARN: 'the-role', START_BUILD_FUNCTION_ARN: 'the-function' },
  ...{ APPLY_LIFECYCLE_FUNCTION_ARN: 'the-other-function', DEAD_LETTER_QUEUE_ARN: 'the-queue' },
  ...{ DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/queue', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
  ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_SESSION_TOKEN: 'test' },
  ...{ POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
};
