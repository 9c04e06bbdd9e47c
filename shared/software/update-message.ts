// What a message on an update topic tells: packages that have a newer version, or parent images that have another AMI.
import * as z from 'zod/mini';
import { check, findingText, kind } from '../model/check.ts';
import { packageNameSchema } from '../model/package-updates-schema.ts';
import { familiesOfTopic, familyOfAmi, type ParentSource, parameterName } from './parent-family.ts';
import type { PackageUpdate } from './update.ts';

export type Updates = { packages: PackageUpdate[]; parents: ParentSource[] };

/** As SNS delivers it; `subject` is absent or null where there is none. */
export type UpdateMessage = { topicArn: string; subject?: string | null | undefined; message: string };

/** Either what the message tells, or why it cannot be read. */
export type Reading = { updates: Updates; problem?: undefined } | { problem: string };

/** Updates of one message: each asks the table who holds the package. */
const mostUpdates = 500;

const told = z.string().check(z.minLength(1), z.maxLength(200));
const version = z.string().check(z.regex(/^[0-9A-Za-z.+~^:_-]{1,200}$/, 'expected a version'));

const packageUpdateSchema = z.pipe(
  z
    .strictObject({
      package: packageNameSchema,
      version: z.optional(version),
      release: z.optional(version),
      arch: z.optional(z.string().check(z.regex(/^[0-9A-Za-z_-]{1,40}$/, 'expected an architecture'))),
      severity: z.optional(told),
      source: z.optional(told),
    })
    .check(
      z.refine(
        ({ version, release }) => release === undefined || version !== undefined,
        'expected a version beside release',
      ),
    ),
  z.transform(
    ({ release, source, version, ...update }): PackageUpdate => ({
      ...Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined)),
      package: update.package,
      ...(version !== undefined && { version: release === undefined ? version : `${version}-${release}` }),
      ...(source !== undefined && { origin: source }),
    }),
  ),
);

/** The Amazon Linux topics (Amazon Linux user guide, subscribing to notifications). */
const amazonLinuxSchema = z.object({
  v1: z.looseObject({ Regions: z.record(z.string(), z.array(z.looseObject({ Name: z.string() }))) }),
});

/** The topic of ECS-optimized AMIs (ECS developer guide, subscribing to AMI update notifications). */
const ecsSchema = z.object({
  ECSAmis: z.array(z.looseObject({ Regions: z.record(z.string(), z.looseObject({ Name: z.string() })) })),
});

/** EventBridge's event of a parameter (Systems Manager user guide, Parameter Store events), as a rule sends it to a topic. */
const parameterChangeSchema = z.object({
  source: z.literal('aws.ssm'),
  'detail-type': z.literal('Parameter Store Change'),
  region: z.string(),
  detail: z.looseObject({ name: z.string().check(z.minLength(1), z.maxLength(2048)), operation: z.string() }),
});

const reading = (packages: PackageUpdate[], parents: ParentSource[] = []): Reading => ({
  updates: { packages, parents: [...new Set(parents)] },
});

/** The AMIs that this region got; those of other regions are no news for its parent images. */
function ofAmis(amis: { Name: string }[]): Reading {
  const families = amis.flatMap(({ Name }) => familyOfAmi(Name) ?? []);
  if (amis.length > 0 && families.length === 0) return { problem: 'it names AMIs of no family that is known' };
  return reading([], families);
}

/** What a JSON value tells, by the key that only one shape has. */
function readValue(value: unknown, region: string): Reading {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const has = (key: string) => typeof first === 'object' && first !== null && Object.hasOwn(first, key);
  const read = <Schema extends z.core.$ZodType>(
    schema: Schema,
    use: (output: z.output<Schema>) => Reading,
  ): Reading => {
    const { output, findings } = check(schema, value, kind);
    if (findings.length === 0) return use(output as z.output<Schema>);
    return { problem: findings.slice(0, 5).map(findingText).join('; ') };
  };
  if (has('package'))
    return Array.isArray(value)
      ? read(z.array(packageUpdateSchema).check(z.minLength(1), z.maxLength(mostUpdates)), (updates) =>
          reading(updates),
        )
      : read(packageUpdateSchema, (update) => reading([update]));
  if (has('v1')) return read(amazonLinuxSchema, ({ v1 }) => ofAmis(v1.Regions[region] ?? []));
  if (has('ECSAmis'))
    return read(ecsSchema, ({ ECSAmis }) => ofAmis(ECSAmis.flatMap(({ Regions }) => Regions[region] ?? [])));
  if (has('detail-type'))
    return read(parameterChangeSchema, (event) => {
      const news = event.region === region && ['Create', 'Update'].includes(event.detail.operation);
      return reading([], news ? [`ssm:${parameterName(event.detail.name)}`] : []);
    });
  return { problem: 'none of package, v1, ECSAmis and detail-type is in it, so it is no message that is known' };
}

/** Windows AMIs are announced in plain text. */
const windowsNews = /New (?:Windows )?AMIs dated \d{4}\.\d{2}\.\d{2}/i;

/** Reads a message for pipelines of `region`. What a topic of AWS itself says is news of its family, in whatever shape. */
export function readUpdateMessage({ topicArn, subject, message }: UpdateMessage, region: string): Reading {
  const ofTopic = familiesOfTopic(topicArn);
  const value = parseJson(message);
  const read: Reading =
    value !== undefined
      ? readValue(value, region)
      : windowsNews.test(`${subject ?? ''}\n${message}`)
        ? reading([], ['windows'])
        : { problem: 'it is neither JSON nor the text that announces Windows AMIs' };
  return read.problem !== undefined && ofTopic.length > 0 ? reading([], ofTopic) : read;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
