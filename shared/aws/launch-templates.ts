// Launch templates of EC2: one SDK call per function, faults translated, no decisions.
import {
  CreateLaunchTemplateVersionCommand,
  type CreateLaunchTemplateVersionCommandInput,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  type EC2ClientConfig,
  ModifyLaunchTemplateCommand,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import { destinationText } from '../build/destinations.ts';
import { attempt, fault } from './fault.ts';

/** `latestVersion`: the highest number that a version of it ever had. */
export type LaunchTemplateView = {
  id: string;
  defaultVersion: number;
  latestVersion: number;
  tags: Record<string, string>;
};

export type LaunchTemplateVersionView = { version: number; description: string; imageId?: string };

export type LaunchTemplates = {
  /** NotFoundError where there is none. */
  find(id: string): Promise<LaunchTemplateView>;
  /** The versions that are launched with where none is named: the default one, and the newest. */
  launched(id: string): Promise<LaunchTemplateVersionView[]>;
  /** How many versions it has: a call for every 200. */
  countVersions(id: string): Promise<number>;
  /** The versions that name this AMI. */
  versionsWith(id: string, imageId: string): Promise<LaunchTemplateVersionView[]>;
  /** Answers the number of the version. */
  createVersion(request: CreateLaunchTemplateVersionCommandInput): Promise<number>;
  setDefault(id: string, version: number): Promise<void>;
  deleteVersion(id: string, version: number): Promise<'released' | 'gone'>;
};

/** Code of DeleteLaunchTemplateVersions' answer for a version that is not there (EC2 API reference, ResponseError). */
const goneVersion = 'launchTemplateVersionDoesNotExist';

/** The launch templates of one region, in the account of the function or of the credentials. */
export function launchTemplatesOf(
  region: string,
  credentials?: EC2ClientConfig['credentials'],
  account?: string,
): LaunchTemplates {
  const place = destinationText({ region, account });
  const client = new EC2Client({ region, ...(credentials && { credentials }) });
  return {
    find: (id) =>
      attempt(`Tried to look at launch template ${id} in ${place}`, async () => {
        const answer = await client.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] }));
        const { DefaultVersionNumber, LatestVersionNumber, Tags = [] } = answer.LaunchTemplates![0]!;
        const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key!, Value!]));
        return { id, defaultVersion: DefaultVersionNumber!, latestVersion: LatestVersionNumber!, tags };
      }),
    launched: (id) =>
      attempt(`Tried to look at the default and the newest version of launch template ${id} in ${place}`, async () => {
        const request = { LaunchTemplateId: id, Versions: ['$Default', '$Latest'] };
        const { LaunchTemplateVersions = [] } = await client.send(new DescribeLaunchTemplateVersionsCommand(request));
        return LaunchTemplateVersions.map(({ VersionNumber, VersionDescription = '', LaunchTemplateData }) => ({
          ...{ version: VersionNumber!, description: VersionDescription },
          ...(LaunchTemplateData?.ImageId && { imageId: LaunchTemplateData.ImageId }),
        }));
      }),
    countVersions: (id) =>
      attempt(`Tried to count the versions of launch template ${id} in ${place}`, async () => {
        let count = 0;
        const request = { LaunchTemplateId: id, MaxResults: 200 };
        for await (const { LaunchTemplateVersions = [] } of paginateDescribeLaunchTemplateVersions({ client }, request))
          count += LaunchTemplateVersions.length;
        return count;
      }),
    versionsWith: (id, imageId) =>
      attempt(`Tried to find the versions of launch template ${id} with ${imageId} in ${place}`, async () => {
        const found: LaunchTemplateVersionView[] = [];
        let NextToken: string | undefined;
        do {
          const answer = await client.send(
            new DescribeLaunchTemplateVersionsCommand({
              LaunchTemplateId: id,
              Filters: [{ Name: 'image-id', Values: [imageId] }],
              ...(NextToken && { NextToken }),
            }),
          );
          for (const { VersionNumber, VersionDescription = '' } of answer.LaunchTemplateVersions ?? [])
            found.push({ version: VersionNumber!, description: VersionDescription });
          NextToken = answer.NextToken;
        } while (NextToken);
        return found;
      }),
    createVersion: (request) =>
      attempt(`Tried to create a version of launch template ${request.LaunchTemplateId} in ${place}`, async () => {
        return (await client.send(new CreateLaunchTemplateVersionCommand(request))).LaunchTemplateVersion!
          .VersionNumber!;
      }),
    setDefault: (id, version) =>
      attempt(`Tried to make version ${version} the default of launch template ${id} in ${place}`, async () => {
        const request = { LaunchTemplateId: id, DefaultVersion: String(version) };
        await client.send(new ModifyLaunchTemplateCommand(request));
      }),
    deleteVersion: (id, version) => {
      const what = `Tried to delete version ${version} of launch template ${id} in ${place}`;
      return attempt(what, async () => {
        const request = { LaunchTemplateId: id, Versions: [String(version)] };
        const answer = await client.send(new DeleteLaunchTemplateVersionsCommand(request));
        // The answer is a success even where nothing was deleted.
        const refused = answer.UnsuccessfullyDeletedLaunchTemplateVersions?.[0]?.ResponseError;
        if (!refused) return 'released';
        if (refused.Code === goneVersion) return 'gone';
        throw fault(what, Object.assign(new Error(refused.Message ?? ''), { name: refused.Code ?? 'Error' }));
      });
    },
  };
}
