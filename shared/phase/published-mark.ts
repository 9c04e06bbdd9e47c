// The mark on what was published: whatever a ledger says, what bears it is not deleted.
import { destinationText } from '../build/destinations.ts';
import { InvalidRequestError } from '../errors.ts';
import { publishedTag } from '../model/tags.ts';

type Place = { region: string; account?: string | undefined };

/** The mark of publishing is set after the commit: who reads "unpublished" beside it reads a ledger of an earlier day. */
export function assertUnpublished({ id, tags }: { id: string; tags: Record<string, string> }, place: Place): void {
  if (!(publishedTag in tags)) return;
  throw new InvalidRequestError(
    `${id} in ${destinationText(place)} is marked as published (tag ${publishedTag}), but the ledger does not know of it: was the table restored? Nothing is deleted. Correct the ledger, or remove the tag if it is to go.`,
  );
}
