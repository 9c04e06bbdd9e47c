// Whether a build would make another image than the newest one: the start condition of Image Builder's schedules.

import type { Ancestry, ComponentBuild } from '../model/ancestry.ts';

/** `before` is that of the newest available image. The reasons say what changed, or that nothing did. */
export function dependencyUpdates(
  before: Ancestry | undefined,
  now: Ancestry,
): { changed: boolean; reasons: string[] } {
  if (!before) return { changed: true, reasons: ['no image of this pipeline is available yet'] };
  const reasons: string[] = [];
  if (before.parentImage.id !== now.parentImage.id)
    reasons.push(`parent ${before.parentImage.id} → ${now.parentImage.id}`);
  const older = new Map(before.components.map((component) => [component.name, text(component)]));
  for (const component of now.components) {
    const was = older.get(component.name);
    if (was !== text(component)) reasons.push(`component ${component.name} ${was ?? 'new'} → ${text(component)}`);
  }
  const run = new Map(before.documents?.map((document) => [document.reference, text(document)]));
  for (const document of now.documents ?? []) {
    const was = run.get(document.reference);
    if (was !== text(document)) reasons.push(`document ${document.reference} ${was ?? 'new'} → ${text(document)}`);
  }
  if (reasons.length === 0 && before.contentHash !== now.contentHash)
    reasons.push(`recipe ${now.recipe} was registered with another content`);
  if (reasons.length > 0) return { changed: true, reasons };
  return { changed: false, reasons: [`parent unchanged ${now.parentImage.id}`, 'components unchanged'] };
}

const text = ({ version, build }: ComponentBuild) => `${version}/${build}`;
