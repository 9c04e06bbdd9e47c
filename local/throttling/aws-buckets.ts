// The token buckets that AWS documents for the calls which the local cloud has: off unless asked for, for tests and measurements.

/** `size` calls at once, `perSecond` more each second. */
export type Bucket = { size: number; perSecond: number };

/** What one call takes: of its own bucket one token, of its resources' bucket one for each resource. */
export type CallBuckets = { call: Bucket; resources?: Bucket };

/** By signing name; undefined where AWS documents no figure. */
export type ApiLimits = Record<string, (operation: string, filtered: boolean) => CallBuckets | undefined>;

const bucket = (size: number, perSecond: number): Bucket => ({ size, perSecond });

/** EC2 developer guide, ec2-api-throttling: per account, region and action. What is not named has the bucket of its category. */
const ec2Actions: Record<string, Bucket> = {
  RunInstances: bucket(5, 2),
  StartInstances: bucket(5, 2),
  TerminateInstances: bucket(100, 5),
  CopyImage: bucket(100, 1),
  DeregisterImage: bucket(100, 5),
  DeleteSnapshot: bucket(100, 5),
  ModifyImageAttribute: bucket(100, 5),
  CreateTags: bucket(100, 10),
  DeleteTags: bucket(100, 10),
};
/** The same page: "unfiltered and unpaginated". It does not say that ids are a filter, so they are none here. */
const ec2Unfiltered =
  /^Describe(Instances|InstanceStatus|NetworkInterfaces|SecurityGroups|Snapshots|SpotInstanceRequests|Volumes)$/;
/** The same page, resource token buckets: one token for each instance. */
const ec2Resources: Record<string, Bucket> = {
  RunInstances: bucket(1000, 2),
  StartInstances: bucket(1000, 2),
  StopInstances: bucket(1000, 20),
  TerminateInstances: bucket(1000, 20),
};

/** Step Functions developer guide, service quotas: those of the larger regions, us-east-1 among them. */
const stepFunctionsActions: Record<string, Bucket> = {
  StartExecution: bucket(1300, 300),
  SendTaskSuccess: bucket(3000, 500),
  SendTaskFailure: bucket(3000, 500),
  SendTaskHeartbeat: bucket(3000, 500),
  StopExecution: bucket(1000, 200),
  DescribeExecution: bucket(300, 15),
  GetExecutionHistory: bucket(400, 20),
};

/** For Systems Manager's SendCommand and GetCommandInvocation AWS documents no figure. */
export const awsLimits: ApiLimits = {
  ec2(operation, filtered) {
    const reads = /^(Describe|Get|List)/.test(operation);
    const named = !filtered && ec2Unfiltered.test(operation) ? bucket(50, 10) : ec2Actions[operation];
    const resources = ec2Resources[operation];
    return { call: named ?? (reads ? bucket(100, 20) : bucket(50, 5)), ...(resources && { resources }) };
  },
  states(operation) {
    const call = stepFunctionsActions[operation];
    return call && { call };
  },
};
