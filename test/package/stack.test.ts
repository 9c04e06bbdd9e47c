// What `sls deploy` would send: the definition as it was written, one role a function, code in every zip.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readZip } from '../../local/lambda-host/zip.ts';
import type { PackagedStack } from '../../local/package/package.ts';
import { repository } from '../source-files.ts';
import { packaged } from './packaged.ts';
import { type Definition, nulls, resourcesOf, type Template, target } from './template.ts';

let stack: PackagedStack;
let template: Template;

beforeAll(async () => {
  stack = await packaged();
  template = stack.template as Template;
}, 200_000);

const functions = () =>
  resourcesOf(template, 'AWS::Lambda::Function').map(([logicalId, { Properties }]) => ({
    logicalId,
    name: String(Properties.FunctionName),
    handler: String(Properties.Handler),
    role: target(Properties.Role),
    key: String((Properties.Code as { S3Key: string }).S3Key),
  }));

describe('the state machine', () => {
  const machine = () => template.Resources.BuildImageStateMachine!.Properties;
  const written = JSON.parse(
    readFileSync(join(repository, 'statemachines/build-image.asl.json'), 'utf8'),
  ) as Definition;

  test('is packaged exactly as it is written', () => {
    expect(machine().Definition).toEqual(written);
  });

  test('holds no null, which CloudFormation would drop', () => {
    expect(nulls(written)).toEqual([]);
    expect(nulls(template)).toEqual([]);
  });

  test('calls published versions of the functions whose names it uses, and nothing else', () => {
    const substitutions = machine().DefinitionSubstitutions as Record<string, unknown>;
    const used = [...JSON.stringify(written).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!);
    expect(Object.keys(substitutions).sort()).toEqual([...new Set(used)].sort());
    for (const [name, value] of Object.entries(substitutions).filter(([name]) => name !== 'Partition')) {
      const version = template.Resources[target(value)!]!;
      expect(version.Type, name).toBe('AWS::Lambda::Version');
      const called = functions().find(({ logicalId }) => logicalId === target(version.Properties.FunctionName))!;
      const words = called.handler.replace(/^functions\/|\.handler$/g, '').split('-');
      expect(words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')).toBe(name);
    }
  });
});

describe('roles', () => {
  test('every function has one of its own', () => {
    const roles = functions().map(({ role }) => role);
    expect(roles).toHaveLength(
      readdirSync(join(repository, 'functions')).filter((name) => name.endsWith('.ts')).length,
    );
    expect(roles.map((role) => template.Resources[role!]?.Type)).toEqual(roles.map(() => 'AWS::IAM::Role'));
    expect(new Set(roles).size).toBe(roles.length);
  });

  test('no role has a fixed name: CloudFormation makes one that fits into the 64 characters of IAM, whatever the stage', () => {
    const named = resourcesOf(template, 'AWS::IAM::Role').filter(([, { Properties }]) => Properties.RoleName);
    expect(named.map(([logicalId]) => logicalId)).toEqual([]);
  });

  test('osls has added none for everybody', () => {
    expect(template.Resources.IamRoleLambdaExecution).toBeUndefined();
  });

  test('none may do everything of a service, or of all', () => {
    const wide = resourcesOf(template, 'AWS::IAM::Role').flatMap(([logicalId, { Properties }]) => {
      const actions = [...JSON.stringify(Properties.Policies ?? []).matchAll(/"((?:[a-z0-9-]+:)?\*)"/g)];
      return actions
        .filter((match) => match[1] !== '*' || isAction(Properties, '*'))
        .map((match) => [logicalId, match[1]]);
    });
    expect(wide).toEqual([]);
  });

  function isAction(properties: Record<string, unknown>, action: string): boolean {
    const policies = (properties.Policies ?? []) as {
      PolicyDocument: { Statement: { Action?: string | string[] }[] };
    }[];
    return policies.some(({ PolicyDocument }) =>
      PolicyDocument.Statement.some(({ Action = [] }) => [Action].flat().includes(action)),
    );
  }
});

describe('code', () => {
  test("is in every function's zip, where its handler says", () => {
    for (const { name, handler, key } of functions()) {
      const files = readZip(readFileSync(stack.artifacts(key))).map((file) => file.name);
      expect(files, name).toContain(handler.replace(/\.handler$/, '.mjs'));
    }
  });

  // What a cold start must fetch and read; the SDK's EC2 client alone is about 190 kB of it.
  test('is small: at most 450 kB a function, 4.5 MB in all', () => {
    const sizes = functions().map(({ name, key }) => [name, statSync(stack.artifacts(key)).size] as const);
    expect(sizes.filter(([, size]) => size > 450_000)).toEqual([]);
    expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(4_500_000);
  });
});
