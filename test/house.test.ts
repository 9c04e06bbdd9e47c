// The rules of the house: who may import whom, one name per unit, where the environment is read.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { repository, type SourceFile, sourceFiles } from './source-files.ts';

const own = /^(functions|statemachines|shared|cli|local|test|bench)\//;
const within =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(folder));

const offences = (files: SourceFile[], forbidden: (path: string) => boolean) =>
  files.flatMap(({ path, imports }) => imports.filter(forbidden).map((imported) => `${path} imports ${imported}`));

describe('imports', () => {
  it('functions import shared only', () => {
    expect(offences(sourceFiles('functions'), (path) => own.test(path) && !within('shared/')(path))).toEqual([]);
  });
  it('shared imports shared only', () => {
    expect(offences(sourceFiles('shared'), (path) => own.test(path) && !within('shared/')(path))).toEqual([]);
  });
  it('in functions and shared, only shared/aws imports the AWS SDK', () => {
    const files = [...sourceFiles('functions'), ...sourceFiles('shared')].filter(
      ({ path }) => !within('shared/aws/')(path),
    );
    expect(offences(files, (path) => path.startsWith('@aws-sdk'))).toEqual([]);
  });
  it('the pure rooms of shared do no IO, and know neither clock nor randomness', () => {
    const pure = ['shared/build', 'shared/component', 'shared/instance', 'shared/model', 'shared/software'].flatMap(
      sourceFiles,
    );
    expect(
      offences(pure, (path) => path.startsWith('node:') && path !== 'node:crypto' && path !== 'node:zlib'),
    ).toEqual([]);
    const impure = pure.filter(({ text }) =>
      /Date\.now\(|new Date\(\)|Math\.random|randomUUID|randomBytes|fetch\(/.test(text),
    );
    expect(impure.map(({ path }) => path)).toEqual([]);
  });
  it('the component compiler knows nothing of AWS or the rest of the build', () => {
    const forbidden = (path: string) => own.test(path) && !within('shared/component/', 'shared/instance/')(path);
    expect(offences(sourceFiles('shared/component'), forbidden)).toEqual([]);
  });
  it('the command line imports the model and the compiler, not the phases', () => {
    const allowed = within('cli/', 'shared/model/', 'shared/component/', 'shared/software/');
    expect(offences(sourceFiles('cli'), (path) => own.test(path) && !allowed(path))).toEqual([]);
  });
  it('the local cloud shares nothing with what it serves', () => {
    expect(offences(sourceFiles('local'), (path) => own.test(path) && !within('local/')(path))).toEqual([]);
    expect(offences(sourceFiles('local'), (path) => path.startsWith('@aws-sdk'))).toEqual([]);
  });
});

describe('names', () => {
  const folders = ['functions', 'shared', 'cli', 'local'];
  it('process.env is read in one file per folder', () => {
    for (const folder of folders) {
      const readers = sourceFiles(folder).filter(({ text }) =>
        /process\.env/.test(text.replace(/^\s*(\/\/|\*).*$/gm, '')),
      );
      expect(readers.length, `${folder}: ${readers.map(({ path }) => path)}`).toBeLessThanOrEqual(1);
    }
  });
  it('no file is called after nothing', () => {
    const nameless = /^(utils?|helpers?|common|types|constants|misc|index)\.ts$|manager|helper/;
    const names = folders.flatMap(sourceFiles).map(({ path }) => path);
    expect(names.filter((path) => nameless.test(basename(path)))).toEqual([]);
  });
  it('every file opens with a sentence that says why it exists', () => {
    const silent = folders.flatMap(sourceFiles).filter(({ text }) => !/^(#!.*\n)?\/\/ \S/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});

describe('test files', () => {
  it('that make whole builds are called so, but for the one of every run', () => {
    const builds = within('test/e2e/image-builder', 'test/e2e/local-cloud', 'test/faults/world', 'test/faults/build');
    const quick = sourceFiles('test').filter(({ path }) => /(?<!\.e2e|\.conformance)\.test\.ts$/.test(path));
    expect(offences(quick, builds).map((offence) => offence.split(' ')[0])).toEqual(
      Array(2).fill('test/e2e/hello-web.test.ts'),
    );
  });
});

describe('one word per unit', () => {
  const functions = readdirSync(join(repository, 'functions'));
  const units = functions.filter((name) => name.endsWith('.ts')).map((name) => basename(name, '.ts'));
  const text = readFileSync(join(repository, 'serverless.yml'), 'utf8');
  const yaml = parseDocument(text, { logLevel: 'silent' }).toJS() as {
    functions: Record<string, { handler: string; role: string }>;
  };
  const pascal = (name: string) => name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

  it('file, serverless block and role share one name', () => {
    expect(Object.keys(yaml.functions).sort()).toEqual(units.toSorted());
    for (const unit of units) {
      expect(yaml.functions[unit]).toMatchObject({ handler: `functions/${unit}.handler`, role: `${pascal(unit)}Role` });
      const role = readFileSync(join(repository, 'functions', `${unit}.role.yml`), 'utf8');
      expect(role).toContain(`  ${pascal(unit)}Role:\n`);
      expect(text).toContain(`functions/${unit}.role.yml`);
    }
  });
  it('every state of the machine calls a function that exists', () => {
    const machine = readFileSync(join(repository, 'statemachines/build-image.asl.json'), 'utf8');
    const called = new Set([...machine.matchAll(/"FunctionName": "\$\{(\w+)\}"/g)].map((match) => match[1]!));
    expect(units.map(pascal)).toEqual(expect.arrayContaining([...called]));
    expect([...called].sort()).toEqual(
      [
        'AwaitApproval',
        'CheckDistribution',
        'Cleanup',
        'CopyRegion',
        'EvaluateTests',
        'ExportImage',
        'FinishImage',
        'LaunchBuilder',
        'LaunchTester',
        'PrepareImage',
        'PublishImage',
        'ReleaseInstance',
        'RunComponent',
        'SnapshotAmi',
        'StopBuilder',
      ].sort(),
    );
  });
});
