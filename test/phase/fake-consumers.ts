// What consumers see, in memory: launch templates, SSM parameters, settings of AMIs, export tasks. Calls go through EC2's, which may refuse or lose them.
import type { AmiSettings } from '../../shared/aws/ami-settings.ts';
import type { Exports } from '../../shared/aws/exports.ts';
import type { LaunchTemplates } from '../../shared/aws/launch-templates.ts';
import type { PublishedParameters } from '../../shared/aws/published-parameters.ts';
import type { ExportView } from '../../shared/build/export.ts';
import { consentTag } from '../../shared/model/tags.ts';
import type { FakeEc2 } from './fake-ec2.ts';

type Version = { version: number; imageId: string; description: string; token?: string };
type Template = { defaultVersion: number; latest: number; versions: Version[]; tags: Record<string, string> };
type Parameter = { value: string; type: string; dataType: string };
type Task = ExportView & { token: string; region: string; tags: Record<string, string> };

// Ids are never used twice, as the worlds of one test share a table.
let exported = 0;

export class FakeConsumers {
  /** By `<region> <id>`. */
  templates = new Map<string, Template>();
  parameters = new Map<string, Parameter>();
  blocked = new Set<string>();
  deprecated = new Map<string, Date>();
  protected = new Map<string, boolean>();
  tasks: Task[] = [];
  deleted: string[] = [];
  /** Whether values of the data type aws:ec2:image are taken at once; otherwise `take` takes them. */
  atOnce = true;
  #pending: (() => void)[] = [];
  #ec2: FakeEc2;

  constructor(ec2: FakeEc2) {
    this.#ec2 = ec2;
  }

  /** AWS takes what was asked of parameters, where the AMI is there at that time. */
  take(): void {
    for (const one of this.#pending.splice(0)) one();
  }

  addTemplate(region: string, id: string, imageId: string): Template {
    const template = {
      ...{ defaultVersion: 1, latest: 1, tags: { [consentTag]: 'stack' } },
      versions: [{ version: 1, imageId, description: 'theirs' }],
    };
    this.templates.set(`${region} ${id}`, template);
    return template;
  }

  addParameter(region: string, name: string, value: string, dataType = 'aws:ec2:image'): void {
    this.parameters.set(`${region} ${name}`, { value, type: 'String', dataType });
  }

  /** What a consumer launches: by default version, by latest version, by parameter. */
  seen(): Record<string, string | undefined> {
    const templates = [...this.templates].flatMap(([key, { defaultVersion, versions }]) => [
      [`${key} $Default`, versions.find(({ version }) => version === defaultVersion)?.imageId],
      [`${key} $Latest`, versions.at(-1)?.imageId],
    ]);
    const parameters = [...this.parameters].map(([key, { value }]) => [key, value]);
    return Object.fromEntries([...templates, ...parameters]) as Record<string, string | undefined>;
  }

  launchTemplates = (region: string): LaunchTemplates => {
    const of = (id: string, call: string) => {
      const found = this.templates.get(`${region} ${id}`);
      if (!found) throw this.#ec2.error(call, 'InvalidLaunchTemplateId.NotFound');
      return found;
    };
    const run = <T>(call: string, id: string, act: (template: Template) => T) =>
      this.#ec2.call(call, () => act(of(id, call)));
    return {
      find: async (id) =>
        run(`find template ${id} in ${region}`, id, ({ defaultVersion, latest: latestVersion, tags }) => ({
          ...{ id, defaultVersion, latestVersion, tags },
        })),
      launched: async (id) =>
        run(`find what ${id} in ${region} is launched with`, id, ({ versions, defaultVersion }) =>
          versions.filter((one) => one.version === defaultVersion || one === versions.at(-1)),
        ),
      countVersions: async (id) => run(`count versions of ${id} in ${region}`, id, ({ versions }) => versions.length),
      versionsWith: async (id, imageId) =>
        run(`find versions of ${id} in ${region}`, id, ({ versions }) =>
          versions.filter((one) => one.imageId === imageId),
        ),
      createVersion: async ({
        LaunchTemplateId: id = '',
        LaunchTemplateData,
        VersionDescription,
        ClientToken: token,
      }) =>
        run(`version of ${id} in ${region}`, id, (template) => {
          const known = template.versions.find((one) => one.token === token);
          if (known) return known.version;
          const version = ++template.latest;
          const imageId = LaunchTemplateData!.ImageId!;
          template.versions.push({ version, imageId, description: VersionDescription!, token: token! });
          return version;
        }),
      setDefault: async (id, version) =>
        run(`default of ${id} in ${region}`, id, (template) => {
          if (!template.versions.some((one) => one.version === version))
            throw this.#ec2.error(`default of ${id}`, 'InvalidLaunchTemplateId.VersionNotFound');
          template.defaultVersion = version;
        }),
      deleteVersion: async (id, version) =>
        run(`delete version of ${id} in ${region}`, id, (template) => {
          if (template.defaultVersion === version)
            throw this.#ec2.error(`delete version of ${id}`, 'InvalidLaunchTemplateVersion.Default');
          const before = template.versions.length;
          template.versions = template.versions.filter((one) => one.version !== version);
          return template.versions.length < before ? ('released' as const) : ('gone' as const);
        }),
    };
  };

  publishedParameters = (region: string): PublishedParameters => ({
    find: async (name) =>
      this.#ec2.call(`find parameter ${name} in ${region}`, () => this.parameters.get(`${region} ${name}`)),
    put: async (name, value, dataType) =>
      this.#ec2.call(`put ${name} in ${region}`, () => {
        const keep = () => void this.parameters.set(`${region} ${name}`, { value, type: 'String', dataType });
        if (dataType === 'text') return keep();
        const isThere = () => !this.#ec2.amis.some(({ id, state }) => id === value && state !== 'available');
        this.#pending.push(() => isThere() && keep());
        if (this.atOnce) this.take();
      }),
    remove: async (name) =>
      this.#ec2.call(`remove ${name} in ${region}`, () =>
        this.parameters.delete(`${region} ${name}`) ? ('released' as const) : ('gone' as const),
      ),
  });

  amiSettings = (region: string): AmiSettings => ({
    publicAccessBlocked: async () => this.#ec2.call(`public access in ${region}`, () => this.blocked.has(region)),
    deprecate: async (id, at) => this.#ec2.call(`deprecate ${id}`, () => void this.deprecated.set(id, at)),
    protect: async (id, cooldown) => this.#ec2.call(`protect ${id}`, () => void this.protected.set(id, cooldown)),
  });

  exports = (region: string): Exports => ({
    start: async ({ ClientToken: token = '', TagSpecifications }) =>
      this.#ec2.call(`export from ${region}`, () => {
        const known = this.tasks.find((one) => one.token === token);
        if (known) return known.id;
        const tags = Object.fromEntries((TagSpecifications?.[0]?.Tags ?? []).map(({ Key, Value }) => [Key!, Value!]));
        const id = `export-ami-${String(++exported).padStart(17, '0')}`;
        this.tasks.push({ id, token, region, tags, status: 'active' });
        return id;
      }),
    find: async (id) => this.#ec2.call(`find ${id}`, () => this.tasks.find((one) => one.id === id)),
    findOwned: async (tags) =>
      this.#ec2.call('find exports', () =>
        this.tasks.find(
          (one) => one.region === region && Object.entries(tags).every(([key, value]) => one.tags[key] === value),
        ),
      ),
    cancel: async (id) =>
      this.#ec2.call(`cancel ${id}`, () => {
        this.tasks.find((one) => one.id === id)!.status = 'deleted';
      }),
    deleteFile: async ({ bucket, prefix, format }, id) =>
      this.#ec2.call(
        `delete file of ${id}`,
        () => void this.deleted.push(`${bucket}/${prefix}${id}.${format.toLowerCase()}`),
      ),
  });

  reach = () => ({
    launchTemplates: this.launchTemplates,
    publishedParameters: this.publishedParameters,
    amiSettings: this.amiSettings,
    exports: this.exports,
  });
}
