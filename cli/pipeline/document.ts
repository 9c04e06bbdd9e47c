// Reads and checks one component document that a recipe names by path.
import { checkDocument } from '../../shared/component/check-document.ts';
import { compileDocument } from '../../shared/component/compile.ts';
import type { Diagnostic } from '../../shared/component/diagnostic.ts';
import { type Problem, problemAt } from '../../shared/model/problem.ts';
import { largestDocument } from '../../shared/model/put-resources.ts';
import { readBounded } from './bounded-file.ts';
import { fileText } from './file-text.ts';
import { readFailure } from './read-failure.ts';

export type Use = {
  /** The path as problems show it. */
  shownAs: string;
  name: string;
  /** Absent where it is registered for others to use. */
  parameters?: Record<string, string>;
  workingDirectory: string;
  /** A problem at the place of the pipeline file that names the document, or one of its parameters. */
  problemInPipeline(message: string, parameter?: string): Problem;
};

export type Document = { data?: string; problems: Problem[]; warnings: Problem[] };

export async function readDocument(path: string, use: Use): Promise<Document> {
  const refused = (message: string): Document => ({ problems: [use.problemInPipeline(message)], warnings: [] });
  let data: string;
  try {
    data = fileText(await readBounded(path));
  } catch (error) {
    return refused(`cannot read the component ${use.shownAs}: ${readFailure(error)}`);
  }
  if (data.length > largestDocument) {
    return refused(
      `the component ${use.shownAs} has ${data.length} characters, at most ${largestDocument} can be stored`,
    );
  }
  const { document, diagnostics } = checkDocument(data);
  const inDocument = ({ message, offset, end }: Diagnostic) => problemAt(use.shownAs, data, offset, message, end);
  return {
    data,
    problems: [
      ...diagnostics.filter(isError).map(inDocument),
      ...(document && use.parameters ? problemsOfUse(data, diagnostics, use, use.parameters) : []),
    ],
    warnings: diagnostics.filter((diagnostic) => !isError(diagnostic)).map(inDocument),
  };
}

const stages = [['build', 'validate'], ['test']];

/** What is wrong with this use of a sound document, such as a missing parameter, belongs to the pipeline file. */
function problemsOfUse(data: string, known: Diagnostic[], use: Use, parameters: Record<string, string>): Problem[] {
  const messages = new Set(known.map(({ message }) => message));
  return stages.flatMap((phases) => {
    const { diagnostics } = compileDocument(data, { ...use, parameters, phases, runKey: 'check' });
    return diagnostics
      .filter((diagnostic) => isError(diagnostic) && !messages.has(diagnostic.message))
      .map(({ code, message, path }) => {
        messages.add(message);
        const parameter = code === 'undeclared-parameter' && path[0] === 'parameters' ? String(path[1]) : undefined;
        return use.problemInPipeline(`${use.shownAs}: ${message}`, parameter);
      });
  });
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
