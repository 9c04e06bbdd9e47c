// Components that really run: reboots, failures, files and parameters, with tests left out or copies held back; what is built on their images, and from a template.
import { join } from 'node:path';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { type Answer, build, type Image, imageBuilder } from './image-builder.ts';
import { type LocalCloud, startCloud } from './local-cloud.ts';
import { component, pipeline, toRegions } from './pipeline-folder.ts';

if (impossible) console.warn(impossible);

type Built = Answer & { image: Image };

const nasty = `it's "quoted", $HOME \`id\` $(id) \\n \\ * ? ~ ; & | > < ! # %s %% é 漢字 ]] }} -e`;

describe.skipIf(impossible)('a component', () => {
  const undo: (() => unknown)[] = [];
  let cloud: LocalCloud;
  let state: string;
  let folder: string;
  let here: string[];
  let first: Built;

  beforeAll(async () => {
    const directory = await stateDirectory();
    state = directory.path;
    here = ['--local', '--state-dir', state];
    undo.push(directory.remove);
    const ground = groundFor('pipelines');
    folder = ground.path;
    undo.push(ground.remove);
    cloud = await startCloud(state);
    undo.push(cloud.stop);
  }, 200_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  const logs = async ({ image }: Built) => (await imageBuilder(['logs', image.arn, ...here])).out;
  const states = ({ image }: Built) => image.timeline.map(({ state }) => state);
  const started = ({ image }: Built, name: string) => image.timeline.find(({ state }) => state === name)!.started;

  describe.concurrent('of a build', () => {
    test('that exits with 194 reboots the instance and goes on where it was', async ({ expect }) => {
      const reboot = component('reboot', {
        build: [
          {
            name: 'Before',
            commands: ['echo before-the-reboot; cat /proc/sys/kernel/random/boot_id >/dev/null; touch /tmp/gone'],
          },
          {
            name: 'Reboot',
            commands: ['[ -e /var/tmp/once ] && exit 0', 'touch /var/tmp/once', 'echo going-down', 'exit 194'],
          },
          {
            name: 'After',
            commands: [
              'echo back-again',
              'test ! -e /tmp/gone || { echo "no reboot: /tmp/gone is there" >&2; exit 1; }',
            ],
          },
        ],
      });
      const recipe = { components: [{ component: './reboot.yml' }] };
      const more = { imageTestsConfiguration: { imageTestsEnabled: false } };
      const built = await build(pipeline(folder, 'reboot', recipe, { 'reboot.yml': reboot }, more), state);
      expect([built.code, built.image.state]).toEqual([0, { status: 'AVAILABLE' }]);
      const log = await logs(built);
      const lines = ['before-the-reboot', 'going-down', 'back-again'];
      expect(lines.map((line) => log.split('\n').filter((one) => one === line).length)).toEqual([1, 1, 1]);
      // Without tests there is no tester, and no verdict.
      expect(states(built).filter((name) => /^LaunchTester|^RunTest/.test(name))).toEqual([]);
      expect(built.image.tests).toBeUndefined();
    });

    test('that fails is the reason, with its step, exit code, command and stderr', async ({ expect }) => {
      const failing = component('failing', {
        build: [
          { name: 'Fine', commands: ['echo fine'] },
          {
            name: 'Install',
            commands: ['echo "fetching the package"', 'echo "E: Unable to locate package nginz" >&2', 'exit 100'],
          },
          { name: 'Never', commands: ['echo never-reached'] },
        ],
      });
      const next = component('next', { build: [{ name: 'Never', commands: ['echo never-reached'] }] });
      const recipe = { components: [{ component: './failing.yml' }, { component: './next.yml' }] };
      const files = { 'failing.yml': failing, 'next.yml': next };
      const built = await build(pipeline(folder, 'failing', recipe, files), state);
      const { code, image } = built;
      expect([code, image.state.status]).toEqual([1, 'FAILED']);
      expect(image.state.reason).toBe(
        'Component failing: step build/Install (ExecuteBash) failed: exit code 100; stderr ends: E: Unable to locate package nginz',
      );
      expect(image.state.failureContext).toMatchObject({
        ...{ imageStatus: 'BUILDING', failedStep: 'RunComponent' },
        componentFailure: {
          ...{ component: 'failing', phaseName: 'build', stepName: 'Install', action: 'ExecuteBash', exitCode: 100 },
          command: expect.stringContaining('echo "fetching the package"\n'),
          stderr: 'E: Unable to locate package nginz\n',
        },
      });
      const log = await logs(built);
      expect(log).toContain('fetching the package\n');
      expect(log).not.toContain('never-reached');
      const machine = new SFNClient(cloud.client);
      const { status, error } = await machine.send(new DescribeExecutionCommand({ executionArn: image.executionArn }));
      machine.destroy();
      expect([status, error]).toEqual(['FAILED', 'ComponentFailedError']);
      const { out } = await imageBuilder(['resources', ...here, '--output', 'json']);
      expect(out).not.toContain(image.arn);
    });

    test('finds files with their modes and owners, and every character of its parameters', async ({ expect }) => {
      const check = (path: string, mode: string, content: string) =>
        `[ "$(stat -c '%a %U:%G' "${path}") $(cat "${path}")" = '${mode} ${content}' ] || { ls -l "${path}"; exit 1; }`;
      const look = component(
        'look',
        {
          build: [
            {
              name: 'Files',
              commands: [
                check('/opt/a folder/private file', '600 root:root', 'private'),
                check('/usr/local/bin/run-me', '755 nobody:root', 'echo ran'),
                check('/etc/plain.conf', '644 root:root', 'plain'),
              ],
            },
            { name: 'Keep', commands: ["cat > /etc/nasty <<'END-OF-TEXT'", '{{ Text }}', 'END-OF-TEXT'] },
          ],
          validate: [{ name: 'Same', commands: ['[ "$(sh /usr/local/bin/run-me)" = ran ]', 'sha256sum < /etc/nasty'] }],
          test: [{ name: 'Text', commands: ['echo "text: $(cat /etc/nasty)"'] }],
        },
        { parameters: [{ Text: { type: 'string' } }] },
      );
      const recipe = {
        components: [{ component: './look.yml', parameters: { Text: nasty } }],
        files: [
          { source: 'private', destination: '/opt/a folder/private file', mode: '0600' },
          { source: 'run', destination: '/usr/local/bin/run-me', mode: '755', owner: 'nobody:root' },
          { source: 'plain', destination: '/etc/plain.conf' },
        ],
      };
      const files = { 'look.yml': look, private: 'private\n', run: 'echo ran\n', plain: 'plain\n' };
      const more = { distributionConfiguration: { copyDuringTests: false, ...toRegions('us-east-1', 'eu-north-1') } };
      const built = await build(pipeline(folder, 'files', recipe, files, more), state);
      first = built;
      expect([built.code, built.image.state]).toEqual([0, { status: 'AVAILABLE' }]);
      expect(await logs(built)).toContain(`text: ${nasty}\n`);
      // Copies that wait for the verdict begin after it, and are there all the same.
      expect(started(built, 'CopyRegion') > started(built, 'EvaluateTests')).toBe(true);
      expect(built.image.outputResources.amis.map(({ region }) => region)).toEqual(['us-east-1', 'eu-north-1']);
    });
  });

  test('is never run when the parent image is gone, and the reason names it', async () => {
    const file = pipeline(folder, 'orphan', { parentImage: 'ami-0123456789abcdef0' }, {});
    const { code, image } = await build(file, state);
    expect([code, image.state.status]).toEqual([1, 'FAILED']);
    expect(image.state.reason).toBe(
      'The parent image ami-0123456789abcdef0 is AMI ami-0123456789abcdef0, which does not exist in us-east-1 or is not shared with this account.',
    );
    expect(states({ image } as Built)).not.toContain('LaunchBuilder');
  });

  test('makes an image that can be built on: what it made is there, and no key of it', async () => {
    const look = component('look', {
      build: [
        { name: 'File', commands: ['grep -q plain /etc/plain.conf'] },
        {
          name: 'Keys',
          commands: [
            'for key in /etc/ssh/ssh_host_*_key /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys; do [ ! -e "$key" ] || { echo "$key came with the image" >&2; exit 1; }; done',
          ],
        },
      ],
      test: [{ name: 'Both', commands: ['test -x /usr/local/bin/run-me && test -e /etc/second'] }],
    });
    const make = component('make', { build: [{ name: 'Mark', commands: ['echo second > /etc/second'] }] });
    const file = pipeline(
      folder,
      'second',
      {
        parentImage: 'files/x.x.x',
        components: [{ component: './look.yml' }, { component: './make.yml' }],
      },
      { 'look.yml': look, 'make.yml': make },
    );
    const { code, image } = await build(file, state);
    expect([code, image.state]).toEqual([0, { status: 'AVAILABLE' }]);
    const family = async (name: string) => {
      const { out } = await imageBuilder(['images', 'ancestry', name, ...here, '--output', 'json']);
      return JSON.parse(out) as {
        line: { arn: string }[];
        origin: { reference: string };
        children: { arn: string }[];
      };
    };
    const up = await family('second');
    expect(up.line.map(({ arn }) => arn)).toEqual([image.arn, first.image.arn]);
    expect(up.origin.reference).toMatch(/^ssm:\/aws\/service\/debian\//);
    expect((await family(first.image.arn)).children.map(({ arn }) => arn)).toEqual([image.arn]);
  }, 60_000);

  test('that comes from a CloudFormation template is imported, planned, built from the folder, and registered with what it refers to', async () => {
    const out = join(folder, 'imported');
    const region = ['--parameter', 'AWS::Region=us-east-1'];
    const imported = await imageBuilder(['import', 'test/e2e/import/template.yml', '--out', out, ...region]);
    expect([imported.code, imported.errors]).toEqual([1, '']);
    expect(imported.out).toContain('template.yml:62: left out: Builders.SnsTopicArn: ');

    const apply = (...more: string[]) => imageBuilder(['apply', out, ...here, ...more]);
    const changes = ({ out: text }: Answer) =>
      text
        .split('\n')
        .filter((line) => /imported-web|boot-test/.test(line))
        .map((line) => line.split(/ +/, 1)[0]);
    const plan = await apply('--dry-run');
    expect([plan.code, changes(plan)]).toEqual([0, Array(6).fill('created')]);
    expect(plan.out).toContain('orphaned  image-pipeline/files ');

    const { code, image } = await build(out, state);
    expect([code, image.state, image.version]).toEqual([0, { status: 'AVAILABLE' }, '1.2.0/1']);
    expect(image.tests).toMatchObject({ total: 2, passed: 2 });
    expect(image.outputResources.amis.map(({ region: to }) => to)).toEqual(['us-east-1', 'eu-west-1']);
    const again = await apply();
    expect([again.code, changes(again)]).toEqual([0, Array(6).fill('unchanged')]);

    const refused = await imageBuilder(['components', 'delete', 'imported-web-page', ...here]);
    expect(refused.code).toBe(2);
    expect(refused.errors).toContain('referred to by image-recipe/imported-web/1.2.0 (as imported-web-page/1.x.x)');
    const deleted = await imageBuilder(['pipelines', 'delete', 'imported-web', ...here]);
    expect(deleted.code).toBe(0);
    expect(deleted.out).toContain('Images that stay, with their AMIs (1):');
    expect(deleted.out).toContain(image.outputResources.amis[0]!.image);
  }, 60_000);
});
