// The frozen plan of one build: everything decided before the first resource is made.
import type { Pipeline } from '../model/pipeline-schema.ts';
import type { EbsDevice } from './devices.ts';

export type LaunchChoice = { instanceType: string; subnetId?: string };

/** One command on an instance; its script is stored beside the plan. */
export type PlannedCommand = {
  label: string;
  /** Absent for our own steps. */
  component?: string;
  /** Seconds after which the script has ended by its own time-outs; absent when one of its steps has none. */
  seconds?: number;
  /** What it prints is kept for the image; its failure is a note. */
  collects?: 'inventory';
};

type Distribution = Pipeline['distributionConfiguration']['distributions'][number];
type AmiDistribution = Distribution['amiDistributionConfiguration'];

export type LaunchPermission = NonNullable<AmiDistribution['launchPermission']>;

/** What is set in a region beside the AMI itself: on the entry of the stack's own account. */
export type RegionSettings = Pick<
  Distribution,
  'launchTemplateConfigurations' | 'ssmParameterConfigurations' | 's3ExportConfiguration'
>;

/** One region of one account that the image goes to, under its final AMI name. `accountId` is absent for the stack's own account. */
export type PlannedDistribution = Omit<AmiDistribution, 'name' | 'targetAccountIds'> &
  RegionSettings & { region: string; accountId?: string; name: string };

export type Plan = {
  image: string;
  homeRegion: string;
  pipelineName: string;
  recipeName: string;
  parentImageId: string;
  choices: LaunchChoice[];
  instanceProfileName: string;
  infrastructure: Pipeline['infrastructureConfiguration'];
  blockDeviceMappings: Pipeline['imageRecipe']['blockDeviceMappings'];
  /** The builder's user data, in base64. */
  userData?: string;
  /** The EBS devices of the parent image. */
  parentDevices: EbsDevice[];
  imageTestsEnabled: boolean;
  testTimeoutMinutes: number;
  build: PlannedCommand[];
  test: PlannedCommand[];
  /** The AMI that the builder becomes, in the home region. Where every distribution is a copy of it, it is released once they are published. */
  ami: { name: string; description?: string; amiTags: Record<string, string> };
  /** One for each region and account; of each region first that of the stack's own account. */
  distributions: PlannedDistribution[];
  /** The channel of the image's name that publishing moves. */
  channel?: string;
  /** Positions in `distributions` of what is copied: all but the home region of the stack's own account, and that too where it has a `kmsKeyId`. */
  copies: number[];
  logGroupName: string;
  /** Whether a person is asked before publishing, and for how long. */
  approval?: NonNullable<Pipeline['approval']>;
  /** The AMI that there was before: nothing is built. `copied`: it stays whose it is, and every output is a copy. */
  source?: { imageId: string; region: string; copied: boolean };
  /** Hours for which the tested AMI is kept where the build fails. */
  retainForRetry?: number;
};

export type Stage = 'build' | 'test';

/** The instance a stage's commands run on, by the state that launched it. */
export const launcherOf: Record<Stage, 'LaunchBuilder' | 'LaunchTester'> = {
  build: 'LaunchBuilder',
  test: 'LaunchTester',
};

/** The state of the machine under which a stage's commands stand in ledger and timeline. */
export const commandStateOf: Record<Stage, 'RunComponent' | 'RunTest'> = { build: 'RunComponent', test: 'RunTest' };
