// What a distribution names beside AMIs, templates and parameters, in memory: keys, buckets, roles, regions and accounts. Calls go through EC2's, which may refuse or lose them.
import type { Buckets } from '../../shared/aws/buckets.ts';
import type { Keys } from '../../shared/aws/keys.ts';
import type { Regions } from '../../shared/aws/regions.ts';
import type { Roles } from '../../shared/aws/roles.ts';
import type { KeyView } from '../../shared/build/preflight.ts';
import { AccessDeniedError, NotFoundError } from '../../shared/errors.ts';
import type { FakeEc2 } from './fake-ec2.ts';

export class FakeSurroundings {
  /** By `<region> <key>`. */
  keys = new Map<string, KeyView>();
  /** Accounts that the policy of a key names beside its own, and grantees, by ARN. */
  keyPolicies = new Map<string, { accounts: string[]; grantees?: string[] }>();
  /** Region of each bucket. */
  buckets = new Map<string, string>();
  /** Trust policy of each role. */
  roles = new Map<string, string>();
  /** `region`, or `account region`. */
  disabled = new Set<string>();
  /** Accounts that let nobody in. */
  closed = new Set<string>();
  #ec2: FakeEc2;

  constructor(ec2: FakeEc2) {
    this.#ec2 = ec2;
  }

  addKey(region: string, key: string, more: Partial<KeyView> = {}): void {
    const view = {
      arn: key,
      state: 'Enabled',
      spec: 'SYMMETRIC_DEFAULT',
      usage: 'ENCRYPT_DECRYPT',
      managed: false,
      ...more,
    };
    this.keys.set(`${region} ${key}`, view);
  }

  /** The role of VM Import/Export's guide. */
  addExportRole(role: string, service = 'vmie.amazonaws.com'): void {
    const Statement = [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }];
    this.roles.set(role, JSON.stringify({ Version: '2012-10-17', Statement }));
  }

  addExport(region: string, { s3Bucket, roleName }: { s3Bucket: string; roleName: string }): void {
    this.buckets.set(s3Bucket, region);
    this.addExportRole(roleName);
  }

  #found<T>(call: string, thing: T | undefined): T {
    return this.#ec2.call(call, () => {
      if (thing === undefined) throw new NotFoundError(`Tried ${call}: AWS said NotFound`);
      return thing;
    });
  }

  reach = () => ({
    keys: (region: string): Keys => ({
      find: async (key) => this.#found(`find key ${key} in ${region}`, this.keys.get(`${region} ${key}`)),
      policyOf: async (arn) =>
        this.#ec2.call(`policy of ${arn}`, () => {
          const AWS = ['123456789012', ...(this.keyPolicies.get(arn)?.accounts ?? [])].map(
            (account) => `arn:aws:iam::${account}:root`,
          );
          return JSON.stringify({
            Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' }],
          });
        }),
      granteesOf: async (arn) => this.#ec2.call(`grants of ${arn}`, () => this.keyPolicies.get(arn)?.grantees ?? []),
    }),
    buckets: (region: string): Buckets => ({
      regionOf: async (bucket) => this.#found(`find bucket ${bucket} from ${region}`, this.buckets.get(bucket)),
    }),
    roles: {
      trustOf: async (role) => this.#found(`find role ${role}`, this.roles.get(role)),
    } satisfies Roles,
    regions: (_region: string, account?: string): Regions => ({
      statuses: async (names) =>
        this.#ec2.call(`regions of ${account ?? 'the account'}`, () => {
          const disabled = (name: string) =>
            this.disabled.has(account ? `${account} ${name}` : name) ? 'not-opted-in' : 'opted-in';
          return new Map(names.map((name) => [name, disabled(name)]));
        }),
    }),
    enter: async (account: string) =>
      this.#ec2.call(`enter ${account}`, () => {
        if (this.closed.has(account))
          throw new AccessDeniedError(`Tried to assume the role of account ${account}: no.`);
        return { accessKeyId: '', secretAccessKey: '', sessionToken: '', expiration: new Date(0) };
      }),
  });
}
