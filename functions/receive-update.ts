// Package updates: a message on an update topic asks for a build of each pipeline that it concerns.
import { deadLetters } from '../shared/aws/dead-letters.ts';
import { environment } from '../shared/aws/environment.ts';
import { schedules } from '../shared/aws/schedules.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { phase } from '../shared/phase/phase.ts';
import { receiveUpdate, snsEventSchema } from '../shared/phase/receive-update.ts';
import { buildQueue } from '../shared/store/build-queue.ts';
import { pipelines } from '../shared/store/pipelines.ts';

const store = storeGateways();
const gateways = {
  ...store,
  deadLetters: deadLetters(environment.deadLetterQueueUrl),
  pipelines: pipelines(store.table),
  queue: buildQueue(store.table),
  region: environment.region,
  schedules: schedules({
    groupName: environment.scheduleGroupName,
    functionArn: environment.startBuildFunctionArn,
    roleArn: environment.scheduleRoleArn,
    deadLetterArn: environment.deadLetterQueueArn,
  }),
  topicArns: environment.packageUpdateTopics,
  window: environment.packageUpdateMinutes * 60_000,
};

export const handler = phase(snsEventSchema, (event) => receiveUpdate(gateways, event));
