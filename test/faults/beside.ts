// The templates beside the stack, as somebody deploys them who leaves something out.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTemplate } from '../../local/cloudformation/template-text.ts';
import { repository } from '../source-files.ts';

export type Beside = { folder: string; remove(): void };

/** `rules`: whether regions tell of their AMIs; `role`: the only account that has the role, all where absent. */
export function beside({ rules, role }: { rules: boolean; role?: string }): Beside {
  const folder = mkdtempSync(join(tmpdir(), 'faults-templates-'));
  const write = (file: string, change: (template: Record<string, Record<string, unknown>>) => void) => {
    const template = parseTemplate(readFileSync(join(repository, file), 'utf8'), file) as Parameters<typeof change>[0];
    change(template);
    writeFileSync(join(folder, file), JSON.stringify(template));
  };
  if (rules) write('regional-events.yml', () => {});
  write('distribution-role.yml', ({ Resources, Conditions }) => {
    if (!rules) for (const name of ['AmiEventsRule', 'ForwardRole']) delete Resources![name];
    if (role)
      Conditions!.IsHome = { 'Fn::And': [Conditions!.IsHome, { 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, role] }] };
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
